import { once } from 'node:events'
import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../../../../test/servers/eventually.ts'
import type { PriceView } from '../../src/market/price-view.ts'
import { MON, openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { clientOf, connectTo, follower, type Message } from './client.ts'

// A real server and real sockets; time stands still unless a test moves it, so what one flush sends is known.
const database = useDatabase()
const T0 = Date.UTC(2026, 0, 1, 12)
const MINUTE = 60_000
const FLUSH_MS = 100

let clock: VirtualClock
let desk: TestDesk
beforeEach(async () => {
  clock = virtualClock()
  desk = await openTestDesk({ database: database.open, clock })
  await desk.app.listen({ port: 0, host: '127.0.0.1' })
  // In memory from here on: a flush waits for nothing but itself.
  await desk.state.assets.get({})
})
afterEach(() => desk.close())

const pricesIn = (message: Message) => message['prices'] as PriceView[]
const SOL_1M = `candles:solana:${SOL.asset}:1m`

describe('prices', () => {
  test('come whole at first, then those that changed', async () => {
    await desk.source.trade(SOL, '1', T0)
    await desk.source.trade(MON, '2', T0)
    const client = await follower(desk, 'prices')
    await clock.advance(FLUSH_MS)
    expect(pricesIn(await client.next('prices'))).toMatchObject([
      { symbol: 'MON', price: '2', seq: 1, stale: false },
      { symbol: 'SOL', price: '1', seq: 1, tier: 'l1' },
    ])
    await desk.source.trade(SOL, '3', T0 + 1)
    await clock.advance(FLUSH_MS)
    expect(pricesIn(await client.next('prices'))).toMatchObject([{ symbol: 'SOL', price: '3', seq: 2 }])
    // Nothing changed, nothing is sent.
    await clock.advance(10 * FLUSH_MS)
    await client.sync()
    expect(client.heard.filter(({ type }) => type === 'prices').length).toBe(2)
  })

  test('are an empty list when there are none yet', async () => {
    const client = await follower(desk, 'prices')
    await clock.advance(FLUSH_MS)
    expect(await client.next('prices')).toEqual({ type: 'prices', prices: [] })
  })

  test('a thousand ticks between two flushes are one price', async () => {
    const client = await follower(desk, 'prices')
    await clock.advance(FLUSH_MS)
    for (let tick = 1; tick <= 1_000; tick++) await desk.source.trade(SOL, String(tick), T0 + tick)
    await clock.advance(FLUSH_MS)
    await client.sync()
    const [, ...messages] = client.heard.filter(({ type }) => type === 'prices')
    expect(messages.map(pricesIn)).toEqual([[expect.objectContaining({ price: '1000', seq: 1_000 })]])
  })

  test('are those of GET, field by field, at the same number', async () => {
    const client = await follower(desk, 'prices')
    for (const price of ['1.5', '1.25', '0.000001']) {
      await desk.source.trade(SOL, price, T0)
      await clock.advance(FLUSH_MS)
      const [pushed] = pricesIn(await client.next('prices'))
      const got = (await desk.app.inject({ url: `/api/v1/prices/solana/${SOL.asset}` })).json()
      expect(pushed).toEqual(got)
    }
  })

  test('a tick that comes while a flush reads is sent by the next one', async () => {
    const client = await follower(desk, 'prices')
    await clock.advance(FLUSH_MS)
    await client.next('prices')
    const { readMany } = desk.state.price
    let let1Go = (): void => undefined
    const gate = new Promise<void>((resolve) => (let1Go = resolve))
    desk.state.price.readMany = async (ids) => {
      const readings = await readMany.call(desk.state.price, ids)
      await gate
      return readings
    }
    await desk.source.trade(SOL, '1', T0)
    await clock.advance(FLUSH_MS)
    await desk.source.trade(SOL, '2', T0 + 1)
    desk.state.price.readMany = readMany
    let1Go()
    expect(pricesIn(await client.next('prices'))).toMatchObject([{ price: '1' }])
    await clock.advance(FLUSH_MS)
    expect(pricesIn(await client.next('prices'))).toMatchObject([{ price: '2', seq: 2 }])
  })

  test('that cannot be read are sent when they can', async () => {
    const client = await follower(desk, 'prices')
    const { readMany } = desk.state.price
    desk.state.price.readMany = () => Promise.reject(new Error('no way in'))
    await desk.source.trade(SOL, '1', T0)
    await clock.advance(20 * FLUSH_MS)
    desk.state.price.readMany = readMany
    await clock.advance(FLUSH_MS)
    expect(pricesIn(await client.next('prices'))).toMatchObject([{ price: '1' }])
    const warnings = desk.logged.filter(({ msg }) => msg?.startsWith('sending prices to the stream'))
    expect(warnings.map(({ msg }) => msg)).toEqual([
      'sending prices to the stream: it fails',
      'sending prices to the stream: it works again',
    ])
  })

  test('stop when one leaves, and come whole when one comes back', async () => {
    await desk.source.trade(MON, '1', T0)
    const client = await follower(desk, 'prices')
    await clock.advance(FLUSH_MS)
    await client.next('prices')
    client.send({ type: 'unsubscribe', topics: ['prices'] })
    expect(await client.next('subscribed')).toEqual({ type: 'subscribed', topics: [] })
    await desk.source.trade(SOL, '2', T0)
    await clock.advance(FLUSH_MS)
    await client.sync()
    expect(client.heard.filter(({ type }) => type === 'prices').length).toBe(1)
    client.send({ type: 'subscribe', topics: ['prices'] })
    await client.next('subscribed')
    await clock.advance(FLUSH_MS)
    expect(pricesIn(await client.next('prices')).map(({ symbol }) => symbol)).toEqual(['MON', 'SOL'])
  })
})

describe('candles', () => {
  const candlesHeard = (heard: readonly Message[]) =>
    heard.filter(({ type }) => type === 'candles').map(({ candles }) => candles)

  test('begin with the one that forms, and follow it', async () => {
    await desk.source.trade(SOL, '1', T0, '0.5')
    const client = await follower(desk, SOL_1M)
    await clock.advance(FLUSH_MS)
    const forming = { time: T0, open: '1', high: '1', low: '1', close: '1', volume: '0.5', trades: 1 }
    const about = { type: 'candles', chain: 'solana', asset: SOL.asset, interval: '1m' }
    expect(await client.next('candles')).toEqual({ ...about, candles: [forming] })
    await desk.source.trade(SOL, '2', T0 + 1, '0.25')
    await desk.source.trade(MON, '9', T0 + 1)
    await clock.advance(FLUSH_MS)
    const grown = { ...forming, high: '2', close: '2', volume: '0.75', trades: 2 }
    expect(await client.next('candles')).toEqual({ ...about, candles: [grown] })
  })

  test('that were completed between two flushes come in their last form, before the one that forms', async () => {
    await desk.source.trade(SOL, '1', T0)
    const client = await follower(desk, SOL_1M)
    await clock.advance(FLUSH_MS)
    await desk.source.trade(SOL, '5', T0 + 59_999)
    await desk.source.trade(SOL, '6', T0 + MINUTE)
    await desk.source.trade(SOL, '7', T0 + 2 * MINUTE)
    await desk.source.trade(SOL, '8', T0 + 9 * MINUTE)
    await clock.advance(FLUSH_MS)
    await client.sync()
    // The second message begins with the candle that the first one ended with.
    expect(candlesHeard(client.heard)).toMatchObject([
      [{ time: T0, close: '1', trades: 1 }],
      [
        { time: T0, close: '5', trades: 2 },
        { time: T0 + MINUTE, close: '6' },
        { time: T0 + 2 * MINUTE, close: '7' },
        { time: T0 + 9 * MINUTE, close: '8' },
      ],
    ])
  })

  test('of a market that is faster than a chart is long are the latest, without a hole among them', async () => {
    await desk.source.trade(SOL, '1', T0)
    const client = await follower(desk, SOL_1M)
    await clock.advance(FLUSH_MS)
    for (let minute = 1; minute <= 400; minute++) await desk.source.trade(SOL, '2', T0 + minute * MINUTE)
    await clock.advance(FLUSH_MS)
    await client.sync()
    const times = (candlesHeard(client.heard)[1] as { time: number }[]).map(({ time }) => time)
    expect(times).toEqual(Array.from({ length: 300 }, (_, index) => T0 + (101 + index) * MINUTE))
  })

  test('of a pair without trades begin with its first', async () => {
    const client = await follower(desk, SOL_1M)
    await clock.advance(FLUSH_MS)
    await desk.source.trade(SOL, '1', T0)
    await clock.advance(FLUSH_MS)
    await client.sync()
    expect(candlesHeard(client.heard)).toMatchObject([[], [{ time: T0, close: '1' }]])
  })

  test('are followed under one name, however the address is written', async () => {
    const asked = `candles:monad:0x${MON.asset.slice(2).toUpperCase()}:5m`
    const client = await follower(desk, asked)
    const topic = `candles:monad:${MON.asset}:5m`
    expect(client.heard.at(-1)).toEqual({ type: 'subscribed', topics: [topic], as: { [asked]: topic } })
    await desk.source.trade(MON, '1', T0)
    await clock.advance(FLUSH_MS)
    expect(await client.next('candles')).toMatchObject({ asset: MON.asset, interval: '5m' })
  })
})

describe('state and status', () => {
  test('come at once, and then each second', async () => {
    const get = async (path: string) => (await desk.app.inject({ url: `/api/v1/${path}` })).json()
    // Whoever is first to ask has the store asked for its share, behind them.
    await get('state')
    const client = await follower(desk, 'state', 'status')
    expect(await client.next('state')).toEqual({ type: 'state', state: await get('state') })
    // Whoever may be told the login of the demo has asked for it.
    const { demo, ...status } = await get('status')
    expect(demo).toBeNull()
    expect(await client.next('status')).toEqual({ type: 'status', status })
    await clock.advance(1_000)
    expect(await client.next('state')).toMatchObject({ state: { uptimeMs: 1_000 } })
    await client.next('status')
    await clock.advance(999)
    await client.sync()
    expect(client.heard.filter(({ type }) => type === 'state').length).toBe(2)
  })
})

test('values are sent as the bridge does: by topic, the first time all of them', async () => {
  const client = await follower(desk, SOL_1M)
  const raw: unknown[] = []
  client.socket.on('message', (data: Buffer) => raw.push(JSON.parse(data.toString())))
  await clock.advance(FLUSH_MS)
  await desk.source.trade(SOL, '1', T0)
  await clock.advance(FLUSH_MS)
  await client.sync()
  expect(raw).toEqual([
    { type: 'values', topic: SOL_1M, all: true, values: [] },
    { type: 'values', topic: SOL_1M, values: [expect.objectContaining({ time: T0, close: '1' })] },
    { type: 'pong' },
  ])
})

describe('several connections', () => {
  test('of one user do not touch each other', async () => {
    const { token } = await desk.user()
    const [one, two] = [await clientOf(desk, token), await clientOf(desk, token)]
    for (const client of [one, two]) {
      client.send({ type: 'subscribe', topics: ['prices'] })
      await client.next('subscribed')
    }
    await clock.advance(FLUSH_MS)
    await Promise.all([one.next('prices'), two.next('prices')])
    one.socket.close()
    await one.closed
    await desk.source.trade(SOL, '1', T0)
    await clock.advance(FLUSH_MS)
    expect(pricesIn(await two.next('prices'))).toMatchObject([{ price: '1' }])
  })

  test('each get what they follow', async () => {
    const [prices, candles] = [await follower(desk, 'prices'), await follower(desk, SOL_1M)]
    await desk.source.trade(SOL, '1', T0)
    await clock.advance(FLUSH_MS)
    await Promise.all([prices.sync(), candles.sync()])
    const types = ({ heard }: typeof prices) => heard.map(({ type }) => type)
    expect(types(prices)).toEqual(['ready', 'subscribed', 'prices', 'pong'])
    expect(types(candles)).toEqual(['ready', 'subscribed', 'candles', 'pong'])
  })

  test('of one user are limited, those of others go on', async () => {
    const { token } = await desk.user()
    const clients = await Promise.all(Array.from({ length: 20 }, () => clientOf(desk, token)))
    const oneMore = await connectTo(desk)
    oneMore.send({ type: 'auth', token })
    expect(await oneMore.closed).toBe(4429)
    await clientOf(desk)
    clients[0]?.socket.close()
    await clients[0]?.closed
    // There is room again once the server has seen it go.
    await eventually(async () => {
      const again = await connectTo(desk)
      again.send({ type: 'auth', token })
      return Promise.race([again.next('ready').then(() => true), again.closed.then(() => false)])
    })
    expect(await clients[1]?.sync()).toBeUndefined()
  })
})

/** How many timers there are once the work that began with the desk has its own. */
async function timersAtRest(): Promise<number> {
  for (let seen = -1; ;) {
    const now = clock.pending
    if (now === seen) return now
    seen = now
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

describe('the end', () => {
  test('of the server is said to all, and leaves no timer', async () => {
    const idle = await timersAtRest()
    const clients = [await follower(desk, 'prices'), await connectTo(desk)]
    await desk.app.close()
    expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual([1001, 1001])
    // Those of the state are left. The stream had four without a client: heartbeats, tokens, accounts, insight; and
    // the live log two.
    expect(clock.pending).toBe(idle - 6)
    await desk.source.trade(SOL, '1', T0)
  })

  test('of a connection leaves nothing of it', async () => {
    const before = await timersAtRest()
    const client = await follower(desk, 'prices', SOL_1M)
    // Its token's, and one for what it is owed of each.
    expect(clock.pending).toBe(before + 3)
    client.socket.terminate()
    await eventually(() => clock.pending === before)
    await desk.source.trade(SOL, '1', T0)
    await clock.advance(FLUSH_MS)
    expect(desk.logged.filter(({ level }) => level >= 40)).toEqual([])
  })
})

test('only the stream is a WebSocket', async () => {
  const url = `ws://127.0.0.1:${new URL(desk.app.listeningOrigin).port}`
  const statusOf = async (path: string): Promise<number> => {
    const [, response] = await once(new WebSocket(url + path), 'unexpected-response')
    return response.statusCode
  }
  expect([await statusOf('/api/v1/prices'), await statusOf('/nothing')]).toEqual([200, 404])
  expect(await (await clientOf(desk)).sync()).toBeUndefined()
})
