import { liveClient, type LiveClient } from 'holdfast/browser'
import type { LiveEvent } from 'holdfast/live'
import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeSocket } from './fake-socket.ts'

/** Written by hand, as a client does that cannot have the server's types. */
type Channels =
  | { readonly type: 'values'; readonly key: 'prices'; readonly valueType?: { readonly usd: string } }
  | { readonly type: 'values'; readonly key: 'candles:{chain}:{asset}'; readonly valueType?: number }
  | {
      readonly type: 'events'
      readonly key: 'trades:{agentId}'
      readonly valueType?: string
      readonly snapshotType?: { readonly open: number }
    }

let clock: VirtualClock
let sockets: FakeSocket[]
let client: LiveClient<Channels>
const onUnauthorised = vi.fn<() => void>()
const onProblem = vi.fn<(problem: unknown) => void>()

beforeEach(() => {
  clock = virtualClock()
  sockets = []
  onUnauthorised.mockReset()
  onProblem.mockReset()
  client = liveClient<Channels>({
    open() {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket.asSocket()
    },
    clock,
    random: () => 0.5,
    onUnauthorised,
    onProblem,
  })
})

const newest = (): FakeSocket => sockets.at(-1) as FakeSocket
const kind = (): string => client.state.kind
const none = { values: () => undefined }

async function failFourTimes(): Promise<void> {
  for (let failure = 0; failure < 4; failure += 1) {
    newest().drop(1006)
    await clock.advance(6_000)
  }
}

function connect(): FakeSocket {
  newest().accept()
  newest().receive({ type: 'ready', heartbeatMs: 30_000 })
  return newest()
}

const event = (seq: number, line = 'L'): LiveEvent<string> => {
  return { id: `${line}-${seq}`, seq, position: `${line}:${seq}`, atMs: 0, value: `trade ${seq}` }
}

describe('connecting', () => {
  test('signs in before anything else, and follows once the server is ready', () => {
    client.follow('prices', {}, none)
    client.start('secret')
    expect(kind()).toBe('connecting')
    newest().accept()
    expect(newest().sent).toEqual([{ type: 'auth', token: 'secret' }])
    newest().receive({ type: 'ready', heartbeatMs: 30_000 })
    expect(newest().sent.at(-1)).toEqual({ type: 'subscribe', topics: ['prices'] })
    expect(kind()).toBe('live')
  })

  test('gives up on a server that accepts but never answers', async () => {
    client.start('secret')
    newest().accept()
    await clock.advance(9_000)
    expect(sockets.length).toBeGreaterThan(1)
    expect(sockets[0]?.readyState).toBe(3)
  })

  test('stops when the token is refused, and does not come back', async () => {
    client.start('secret')
    newest().accept()
    newest().drop(4401)
    expect(onUnauthorised).toHaveBeenCalledOnce()
    await clock.advance(120_000)
    expect(sockets).toHaveLength(1)
    expect([kind(), clock.pending]).toEqual(['closed', 0])
  })
})

describe('coming back', () => {
  test('waits longer after each failure, up to half a minute, and never gives up', async () => {
    client.start('secret')
    const waits: number[] = []
    for (let failure = 0; failure < 9; failure += 1) {
      newest().drop(1006)
      const { state } = client
      if (state.kind !== 'waiting') throw new Error(`is ${state.kind}`)
      const waitMs = state.retryAt - clock.wall()
      waits.push(waitMs)
      await clock.advance(waitMs)
    }
    expect(waits).toEqual([375, 750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500])
  })

  test('follows again what is still wanted: values anew, events after the last one', async () => {
    client.start('secret')
    const socket = connect()
    client.follow('prices', {}, none)
    client.follow('trades:{agentId}', { agentId: '7' }, { event: () => undefined })
    const leave = client.follow('candles:{chain}:{asset}', { chain: 'solana', asset: 'SOL' }, none)
    leave()
    await clock.advance(1_000)
    socket.receive({ type: 'begun', topic: 'trades:7', position: 'L:3' })
    socket.receive({ type: 'events', topic: 'trades:7', events: [event(4), event(5)] })
    socket.drop(1001)
    await clock.advance(1_000)
    expect(connect().sent).toEqual([
      { type: 'auth', token: 'secret' },
      { type: 'subscribe', topics: ['prices', 'trades:7'], since: { 'trades:7': 'L:5' } },
    ])
  })

  test('goes on after where it began when no event came', async () => {
    client.start('secret')
    client.follow('trades:{agentId}', { agentId: '7' }, { event: () => undefined })
    connect().receive({ type: 'begun', topic: 'trades:7', position: 'L:3' })
    newest().drop(1006)
    await clock.advance(1_000)
    expect(connect().sent.at(-1)).toMatchObject({ since: { 'trades:7': 'L:3' } })
  })

  test('starts over with short waits once a connection has held', async () => {
    client.start('secret')
    await failFourTimes()
    connect()
    await clock.advance(11_000)
    newest().drop(1001)
    await clock.advance(400)
    expect(kind()).toBe('connecting')
  })

  test('does not hammer a server that drops every connection at once', async () => {
    client.start('secret')
    await failFourTimes()
    connect()
    newest().drop(4413)
    await clock.advance(5_000)
    expect(client.state).toMatchObject({ kind: 'waiting', cause: 4413 })
  })

  test('keeps away for longer when the server says that there are too many', async () => {
    client.start('secret')
    connect()
    newest().drop(4429)
    await clock.advance(11_000)
    expect(kind()).toBe('waiting')
  })

  test('does not wait when asked not to', async () => {
    client.start('secret')
    newest().drop(1006)
    client.retryNow()
    expect(kind()).toBe('connecting')
    expect(sockets).toHaveLength(2)
    await clock.advance(5_000)
    expect(sockets).toHaveLength(2)
  })

  test('does not come back after it was stopped', async () => {
    client.start('secret')
    connect()
    client.stop()
    expect(newest().readyState).toBe(3)
    await clock.advance(120_000)
    expect([sockets.length, clock.pending]).toEqual([1, 0])
  })

  test('hears nothing more of a socket that it replaced', () => {
    const values = vi.fn<() => void>()
    client.follow('prices', {}, { values })
    client.start('secret')
    const old = connect()
    client.start('another')
    old.receive({ type: 'values', topic: 'prices', values: [{ usd: '1' }] })
    old.drop(4401)
    expect(values).not.toHaveBeenCalled()
    expect(onUnauthorised).not.toHaveBeenCalled()
  })
})

describe('silence', () => {
  test('is probed, then shown with its time, then ended', async () => {
    client.start('secret')
    const socket = connect()
    const heardAt = clock.wall()
    await clock.advance(6_000)
    expect(socket.sent.at(-1)).toEqual({ type: 'ping' })
    expect(kind()).toBe('live')
    await clock.advance(5_000)
    expect(client.state).toEqual({ kind: 'quiet', since: heardAt })
    await clock.advance(10_000)
    expect(sockets).toHaveLength(2)
  })

  test('is over with the next message', async () => {
    client.start('secret')
    const socket = connect()
    await clock.advance(12_000)
    expect(kind()).toBe('quiet')
    socket.receive({ type: 'pong' })
    expect(kind()).toBe('live')
  })

  test('of an idle but healthy connection is no silence: pongs keep it live', async () => {
    client.start('secret')
    const socket = connect()
    for (let second = 0; second < 120; second += 1) {
      const before = socket.sent.length
      await clock.advance(1_000)
      if (socket.sent.length > before) socket.receive({ type: 'pong' })
      expect(kind()).toBe('live')
    }
    expect(sockets).toHaveLength(1)
  })

  test('does not stop the heartbeat of a busy connection', async () => {
    client.start('secret')
    const socket = connect()
    for (let second = 0; second < 60; second += 1) {
      await clock.advance(1_000)
      socket.receive({ type: 'values', topic: 'prices', values: [] })
    }
    expect(socket.sent.filter(({ type }) => type === 'ping').length).toBeGreaterThanOrEqual(3)
  })
})

describe('topics', () => {
  const topicMessages = (socket: FakeSocket) => socket.sent.filter(({ topics }) => topics !== undefined)
  const candles = (asset: string) =>
    client.follow('candles:{chain}:{asset}', { chain: 'solana', asset }, none)

  test('two who want one topic share it until both have left; who comes second gets all values, too', async () => {
    client.start('secret')
    const socket = connect()
    const first = vi.fn<(values: readonly unknown[], how: object) => void>()
    const second = vi.fn<(values: readonly unknown[], how: object) => void>()
    const leaveFirst = client.follow('prices', {}, { values: first })
    await clock.advance(2_000)
    socket.receive({ type: 'values', topic: 'prices', all: true, values: [{ usd: '1' }] })
    const leaveSecond = client.follow('prices', {}, { values: second })
    await clock.advance(2_000)
    const asked = { type: 'subscribe', topics: ['prices'] }
    expect(topicMessages(socket)).toEqual([asked, asked])
    socket.receive({ type: 'values', topic: 'prices', all: true, values: [{ usd: '1' }] })
    expect(second).toHaveBeenCalledExactlyOnceWith([{ usd: '1' }], { all: true })
    expect(first).toHaveBeenCalledTimes(2)
    leaveFirst()
    leaveFirst()
    await clock.advance(2_000)
    expect(topicMessages(socket).length).toBe(2)
    leaveSecond()
    await clock.advance(2_000)
    expect(topicMessages(socket).at(-1)).toEqual({ type: 'unsubscribe', topics: ['prices'] })
  })

  test('who leaves and comes back at once begins anew', async () => {
    client.start('secret')
    const socket = connect()
    const leave = candles('SOL')
    await clock.advance(2_000)
    leave()
    candles('SOL')
    await clock.advance(2_000)
    const asked = { type: 'subscribe', topics: ['candles:solana:SOL'] }
    expect(topicMessages(socket)).toEqual([asked, asked])
  })

  test('somebody who passes many charts in a second costs two messages, and ends with the last one', async () => {
    client.start('secret')
    const socket = connect()
    for (let chart = 0; chart < 30; chart += 1) {
      const leave = candles(String(chart))
      await clock.advance(33)
      if (chart < 29) leave()
    }
    await clock.advance(2_000)
    expect(topicMessages(socket)).toEqual([
      { type: 'subscribe', topics: ['candles:solana:0'] },
      { type: 'unsubscribe', topics: ['candles:solana:0'] },
      { type: 'subscribe', topics: ['candles:solana:29'] },
    ])
  })

  test('many are asked for in messages of a bounded size', () => {
    for (let chart = 0; chart < 50; chart += 1) candles(String(chart))
    client.start('secret')
    expect(topicMessages(connect()).map(({ topics }) => topics?.length)).toEqual([20, 20, 10])
  })

  test('events come once each and in order, snapshots and gaps where they belong', () => {
    const heard: unknown[] = []
    client.follow(
      'trades:{agentId}',
      { agentId: 'a b' },
      {
        snapshot: ({ open }) => heard.push(`snapshot ${open}`),
        event: ({ value }) => heard.push(value),
        gap: ({ reason, missed }) => heard.push(`${reason} ${missed}`),
      },
    )
    client.start('secret')
    const socket = connect()
    const topic = 'trades:a%20b'
    socket.receive({ type: 'begun', topic, position: 'L:3', snapshot: { open: 2 } })
    socket.receive({ type: 'events', topic, events: [event(4), event(5)] })
    // As after a resumption that reached too far back.
    socket.receive({ type: 'events', topic, events: [event(5), event(6)] })
    socket.receive({ type: 'gap', topic, reason: 'lost', missed: null, next: 1 })
    socket.receive({ type: 'events', topic, events: [event(1, 'M')] })
    expect(heard).toEqual(['snapshot 2', 'trade 4', 'trade 5', 'trade 6', 'lost null', 'trade 1'])
  })

  test('numbers that are given again after a gap are no repeats', () => {
    const heard: unknown[] = []
    client.follow('trades:{agentId}', { agentId: '7' }, { event: ({ value }) => heard.push(value) })
    client.start('secret')
    const socket = connect()
    const topic = 'trades:7'
    socket.receive({ type: 'events', topic, events: [event(4), event(5)] })
    socket.receive({ type: 'gap', topic, reason: 'lost', missed: null, next: 5 })
    socket.receive({ type: 'events', topic, events: [event(5), event(6)] })
    expect(heard).toEqual(['trade 4', 'trade 5', 'trade 5', 'trade 6'])
  })

  test('a topic that the server calls by another name is heard, resumed and left as what it is', async () => {
    const heard: unknown[] = []
    const trade = { event: ({ value }: { readonly value: unknown }) => heard.push(value) }
    const leaveMine = client.follow('trades:{agentId}', { agentId: 'me' }, trade)
    client.start('secret')
    const socket = connect()
    socket.receive({ type: 'subscribed', topics: ['trades:7'], as: { 'trades:me': 'trades:7' } })
    socket.receive({ type: 'events', topic: 'trades:7', events: [event(4)] })
    expect(heard).toEqual(['trade 4'])
    const leaveSeven = client.follow('trades:{agentId}', { agentId: '7' }, trade)
    await clock.advance(2_000)
    socket.receive({ type: 'events', topic: 'trades:7', events: [event(5)] })
    expect(heard).toEqual(['trade 4', 'trade 5', 'trade 5'])
    leaveSeven()
    await clock.advance(2_000)
    socket.receive({ type: 'events', topic: 'trades:7', events: [event(6)] })
    expect(heard.at(-1)).toBe('trade 6')
    socket.onclose?.({ code: 1006 } as never)
    await clock.advance(2_000)
    const again = connect()
    expect(topicMessages(again)).toEqual([
      { type: 'subscribe', topics: ['trades:me'], since: { 'trades:me': 'L:6' } },
    ])
    again.receive({ type: 'subscribed', topics: ['trades:7'], as: { 'trades:me': 'trades:7' } })
    leaveMine()
    await clock.advance(2_000)
    expect(topicMessages(again).at(-1)).toEqual({ type: 'unsubscribe', topics: ['trades:me', 'trades:7'] })
  })

  test('a refusal is told to who asked, and one of no topic to the client', () => {
    const refused = vi.fn<(problem: object) => void>()
    client.follow('prices', {}, { values: () => undefined, refused })
    client.start('secret')
    const socket = connect()
    socket.receive({ type: 'error', topic: 'prices', code: 'FORBIDDEN', detail: 'No.' })
    socket.receive({ type: 'error', code: 'UNKNOWN_MESSAGE', detail: 'What?' })
    expect(refused).toHaveBeenCalledExactlyOnceWith({ code: 'FORBIDDEN', detail: 'No.' })
    expect(onProblem).toHaveBeenCalledExactlyOnceWith({ code: 'UNKNOWN_MESSAGE', detail: 'What?' })
  })

  test('a missing parameter is an error', () => {
    expect(() => client.follow('trades:{agentId}', { agentId: '' }, { event: () => undefined })).toThrow(
      'trades:{agentId}: {agentId} is missing',
    )
  })

  test.each(['', 'not json', '42', 'null', '{"no":"type"}', '{"type":"from the future"}'])(
    'survives the frame %j',
    (frame) => {
      client.start('secret')
      const socket = connect()
      socket.receive(frame)
      expect(kind()).toBe('live')
    },
  )
})
