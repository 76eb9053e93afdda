import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createStream, type Stream } from '../../src/stream/stream.ts'
import { price } from '../fixtures.ts'
import { manualClock, type ManualClock } from '../manual-clock.ts'
import { FakeSocket } from './fake-socket.ts'

let clock: ManualClock
let sockets: FakeSocket[]
let stream: Stream
const onUnauthorised = vi.fn<() => void>()

beforeEach(() => {
  clock = manualClock()
  sockets = []
  onUnauthorised.mockReset()
  stream = createStream({
    open() {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket.asSocket()
    },
    clock,
    random: () => 0.5,
    onUnauthorised,
  })
})

const newest = (): FakeSocket => sockets.at(-1) as FakeSocket
const kind = (): string => stream.connection.get().kind

function failFourTimes(): void {
  for (let failure = 0; failure < 4; failure += 1) {
    newest().drop(1006)
    clock.advance(6_000)
  }
}

function connect(): FakeSocket {
  newest().accept()
  newest().receive({ type: 'ready', heartbeatMs: 30_000 })
  return newest()
}

describe('connecting', () => {
  test('authenticates before anything else, and subscribes once the desk is ready', () => {
    stream.subscribe('prices')
    stream.start('secret')
    expect(kind()).toBe('connecting')
    newest().accept()
    expect(newest().sent).toEqual([{ type: 'auth', token: 'secret' }])
    newest().receive({ type: 'ready', heartbeatMs: 30_000 })
    expect(newest().sent.at(-1)).toEqual({ type: 'subscribe', topics: ['prices'] })
    expect(kind()).toBe('live')
  })

  test('gives up on a desk that accepts but never answers', () => {
    stream.start('secret')
    newest().accept()
    clock.advance(9_000)
    expect(sockets.length).toBeGreaterThan(1)
    expect(sockets[0]?.readyState).toBe(3)
  })

  test('ends the session when the token is refused, and does not come back', () => {
    stream.start('secret')
    newest().accept()
    newest().drop(4401)
    expect(onUnauthorised).toHaveBeenCalledOnce()
    clock.advance(120_000)
    expect(sockets).toHaveLength(1)
    expect(kind()).toBe('closed')
  })
})

describe('coming back', () => {
  test('waits longer after each failure, up to half a minute, and never gives up', () => {
    stream.start('secret')
    const waits: number[] = []
    for (let failure = 0; failure < 9; failure += 1) {
      newest().drop(1006)
      const connection = stream.connection.get()
      if (connection.kind !== 'waiting') throw new Error(`is ${connection.kind}`)
      const waitMs = connection.retryAt - clock.wall()
      waits.push(waitMs)
      clock.advance(waitMs)
    }
    expect(waits).toEqual([375, 750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500])
  })

  test('subscribes again to everything that is still wanted', () => {
    stream.start('secret')
    connect()
    stream.subscribe('prices')
    const leave = stream.subscribe('state')
    leave()
    clock.advance(1_000)
    newest().drop(1001)
    clock.advance(1_000)
    expect(connect().sent).toEqual([
      { type: 'auth', token: 'secret' },
      { type: 'subscribe', topics: ['prices'] },
    ])
  })

  test('starts over with short waits once a connection has held', () => {
    stream.start('secret')
    failFourTimes()
    connect()
    clock.advance(11_000)
    newest().drop(1001)
    clock.advance(400)
    expect(kind()).toBe('connecting')
  })

  test('does not hammer a desk that drops every connection at once', () => {
    stream.start('secret')
    failFourTimes()
    connect()
    newest().drop(4413)
    clock.advance(5_000)
    expect(kind()).toBe('waiting')
  })

  test('keeps away for longer when the desk says that there are too many', () => {
    stream.start('secret')
    connect()
    newest().drop(4429)
    clock.advance(11_000)
    expect(kind()).toBe('waiting')
  })

  test('does not wait when asked not to', () => {
    stream.start('secret')
    newest().drop(1006)
    stream.retryNow()
    expect(kind()).toBe('connecting')
    expect(sockets).toHaveLength(2)
    clock.advance(5_000)
    expect(sockets).toHaveLength(2)
  })

  test('does not come back after it was stopped', () => {
    stream.start('secret')
    connect()
    stream.stop()
    expect(newest().readyState).toBe(3)
    clock.advance(120_000)
    expect(sockets).toHaveLength(1)
  })

  test('hears nothing more of a socket that it replaced', () => {
    const prices = vi.fn<(message: unknown) => void>()
    stream.listen('prices', prices)
    stream.start('secret')
    const old = connect()
    stream.start('another')
    old.receive({ type: 'prices', prices: [price()] })
    old.drop(4401)
    expect(prices).not.toHaveBeenCalled()
    expect(onUnauthorised).not.toHaveBeenCalled()
  })
})

describe('silence', () => {
  test('is probed, then shown with its time, then ended', () => {
    stream.start('secret')
    const socket = connect()
    const heardAt = clock.wall()
    clock.advance(6_000)
    expect(socket.sent.at(-1)).toEqual({ type: 'ping' })
    expect(kind()).toBe('live')
    clock.advance(5_000)
    expect(stream.connection.get()).toEqual({ kind: 'quiet', since: heardAt })
    clock.advance(10_000)
    expect(sockets).toHaveLength(2)
  })

  test('is over with the next message', () => {
    stream.start('secret')
    const socket = connect()
    clock.advance(12_000)
    expect(kind()).toBe('quiet')
    socket.receive({ type: 'pong' })
    expect(kind()).toBe('live')
  })

  test('of an idle but healthy connection is no silence: pongs keep it live', () => {
    stream.start('secret')
    const socket = connect()
    for (let second = 0; second < 120; second += 1) {
      const before = socket.sent.length
      clock.advance(1_000)
      if (socket.sent.length > before) socket.receive({ type: 'pong' })
      expect(kind()).toBe('live')
    }
    expect(sockets).toHaveLength(1)
  })

  test('does not stop the heartbeat of a busy connection', () => {
    stream.start('secret')
    const socket = connect()
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1_000)
      socket.receive({ type: 'prices', prices: [] })
    }
    expect(socket.sent.filter(({ type }) => type === 'ping').length).toBeGreaterThanOrEqual(3)
  })
})

describe('topics and messages', () => {
  const topicMessages = (socket: FakeSocket) => socket.sent.filter(({ topics }) => topics !== undefined)

  test('two who want one topic share it until both have left', () => {
    stream.start('secret')
    const socket = connect()
    const first = stream.subscribe('prices')
    const second = stream.subscribe('prices')
    clock.advance(2_000)
    first()
    first()
    clock.advance(2_000)
    expect(topicMessages(socket)).toEqual([{ type: 'subscribe', topics: ['prices'] }])
    second()
    clock.advance(2_000)
    expect(topicMessages(socket).at(-1)).toEqual({ type: 'unsubscribe', topics: ['prices'] })
  })

  test('somebody who passes many charts in a second costs two messages, and ends with the last one', () => {
    stream.start('secret')
    const socket = connect()
    for (let chart = 0; chart < 30; chart += 1) {
      const leave = stream.subscribe(`candles:solana:${chart}:1m`)
      clock.advance(33)
      if (chart < 29) leave()
    }
    clock.advance(2_000)
    expect(topicMessages(socket)).toEqual([
      { type: 'subscribe', topics: ['candles:solana:0:1m'] },
      { type: 'unsubscribe', topics: ['candles:solana:0:1m'] },
      { type: 'subscribe', topics: ['candles:solana:29:1m'] },
    ])
  })

  test('a listener hears its type only, until it stops', () => {
    const heard = vi.fn<(message: unknown) => void>()
    const stop = stream.listen('prices', heard)
    stream.start('secret')
    const socket = connect()
    socket.receive({ type: 'pong' })
    socket.receive({ type: 'prices', prices: [price()] })
    stop()
    socket.receive({ type: 'prices', prices: [price()] })
    expect(heard).toHaveBeenCalledExactlyOnceWith({ type: 'prices', prices: [price()] })
  })

  test.each(['', 'not json', '42', 'null', '{"no":"type"}', '{"type":"from the future"}'])(
    'survives the frame %j',
    (frame) => {
      stream.start('secret')
      const socket = connect()
      socket.receive(frame)
      expect(kind()).toBe('live')
    },
  )
})
