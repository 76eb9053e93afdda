import '@fastify/websocket'
import { LIVE_LIMITS as LIMITS } from 'holdfast/live'
import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { MON, openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { type Client, clientOf, connectTo, follower } from './client.ts'

const database = useDatabase()
const T0 = Date.UTC(2026, 0, 1, 12)
const FLUSH_MS = 100

let clock: VirtualClock
let desk: TestDesk
beforeEach(async () => {
  clock = virtualClock()
  desk = await openTestDesk({ database: database.open, clock })
  await desk.app.listen({ port: 0, host: '127.0.0.1' })
  await desk.state.assets.get({})
})
afterEach(() => desk.close())

/** What the server holds back for its clients, the one that it holds most for first. */
const unsent = () =>
  [...desk.app.websocketServer.clients].map(({ bufferedAmount }) => bufferedAmount).sort((a, b) => b - a)

/** Messages without end, until the kernel takes no more of them for somebody. */
async function flood(): Promise<void> {
  // A long text in each price makes the messages large: what is full soon need not be filled for long.
  desk.state.price.readMany = ((read) => async (ids) => {
    const readings = await read.call(desk.state.price, ids)
    return readings.map((reading) => ({
      ...reading,
      value: reading.value && { ...reading.value, change24h: 'x'.repeat(100_000) },
    }))
  })(desk.state.price.readMany)
  for (let tick = 0; (unsent()[0] ?? 0) < LIMITS.pauseAtBytes; tick++) {
    await desk.source.trade(SOL, String(tick + 1), T0 + tick)
    await clock.advance(FLUSH_MS)
    if (tick > 2_000) throw new Error('the kernel takes everything')
  }
}

describe('a client that does not read', () => {
  let slow: Client
  let quick: Client
  beforeEach(async () => {
    slow = await follower(desk, 'prices')
    quick = await follower(desk, 'prices')
    slow.socket.pause()
    await flood()
  })
  afterEach(() => slow.socket.terminate())

  test('is paused: what is held for it does not grow, while the others are served', async () => {
    const [heldAtFirst = 0] = unsent()
    const from = quick.heard.length
    for (let tick = 0; tick < 50; tick++) {
      await desk.source.trade(MON, String(tick + 1), T0 + tick)
      await clock.advance(FLUSH_MS)
    }
    await quick.sync()
    expect(quick.heard.slice(from).filter(({ type }) => type === 'prices').length).toBeGreaterThanOrEqual(50)
    expect(unsent()[0]).toBeLessThanOrEqual(heldAtFirst)
    expect(heldAtFirst).toBeLessThan(LIMITS.mostUnsentBytes)
  })

  test('and reads again in time gets the newest, each asset once', async () => {
    for (let tick = 0; tick < 50; tick++) await desk.source.trade(MON, String(tick + 1), T0 + tick)
    await clock.advance(FLUSH_MS)
    slow.socket.resume()
    await eventually(() => (unsent()[0] ?? 0) === 0)
    await slow.sync()
    const from = slow.heard.length
    await clock.advance(FLUSH_MS)
    await slow.sync()
    const prices = slow.heard.slice(from).filter(({ type }) => type === 'prices')
    expect(prices).toMatchObject([{ prices: [{ symbol: 'MON', price: '50' }] }])
    await clock.advance(LIMITS.tooSlowAfterMs)
    await slow.sync()
  })

  test('is ended when it has not caught up in ten seconds, and told why', async () => {
    await clock.advance(LIMITS.tooSlowAfterMs - FLUSH_MS)
    expect([...desk.app.websocketServer.clients].every(({ readyState }) => readyState === 1)).toBe(true)
    await clock.advance(3 * FLUSH_MS)
    slow.socket.resume()
    expect(await slow.closed).toBe(4413)
    await quick.sync()
  })
})

test('a client that asks and asks and does not read is ended at once', async () => {
  const client = await clientOf(desk)
  desk.app.websocketServer.clients.forEach((socket) => {
    // As if the kernel took nothing: what the limit is about, without the megabytes in between.
    Object.defineProperty(socket, 'bufferedAmount', { get: () => LIMITS.mostUnsentBytes + 1 })
  })
  client.send({ type: 'ping' })
  expect(await client.closed).toBe(4413)
})

describe('a peer that is dead', () => {
  test('is noticed by its silence at the next heartbeat but one, and gone at once', async () => {
    const dead = await connectTo(desk, { autoPong: false })
    dead.send({ type: 'auth', token: (await desk.user()).token })
    await dead.next('ready')
    const alive = await clientOf(desk)
    await clock.advance(LIMITS.heartbeatMs)
    await Promise.all([dead.sync(), alive.sync()])
    expect(desk.app.websocketServer.clients.size).toBe(2)
    await clock.advance(LIMITS.heartbeatMs)
    // No goodbye: nobody is there to hear it.
    expect(await dead.closed).toBe(1006)
    await alive.sync()
  })
})
