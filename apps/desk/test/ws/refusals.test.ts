import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { signToken } from '../jwt.ts'
import { openTestDesk, SECRET, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { type Client, clientOf, connectTo, follower } from './client.ts'

const database = useDatabase()
let clock: VirtualClock
let desk: TestDesk
beforeEach(async () => {
  clock = virtualClock()
  desk = await openTestDesk({ database: database.open, clock })
  await desk.app.listen({ port: 0, host: '127.0.0.1' })
  await desk.state.assets.get({})
})
afterEach(() => desk.close())

const tokenFor = (lifeSeconds: number) => {
  const seconds = Math.floor(clock.wall() / 1_000)
  return signToken(
    { sub: 'somebody', email: 'x', jti: 'mine', iat: seconds, exp: seconds + lifeSeconds },
    SECRET,
  )
}

/** The error that the server answers with. */
async function errorAfter(client: Client, message: unknown): Promise<unknown> {
  if (typeof message === 'string') client.sendText(message)
  else client.send(message)
  const { code, detail } = await client.next('error')
  expect(detail).toMatch(/\w/)
  return code
}

describe('signing in', () => {
  test('is asked for before anything else', async () => {
    const client = await connectTo(desk)
    expect(await errorAfter(client, { type: 'subscribe', topics: ['prices'] })).toBe('UNAUTHENTICATED')
    await clock.advance(1_000)
    await client.sync()
    expect(client.heard.map(({ type }) => type)).toEqual(['error', 'pong'])
  })

  test('has to happen within five seconds', async () => {
    const [silent, talking] = [await connectTo(desk), await connectTo(desk)]
    await clock.advance(4_999)
    await talking.sync()
    await clock.advance(1)
    expect(await Promise.all([silent.closed, talking.closed])).toEqual([4408, 4408])
  })

  test('is answered with the heartbeat that keeps the connection', async () => {
    const client = await connectTo(desk)
    client.send({ type: 'auth', token: tokenFor(60) })
    expect(await client.next('ready')).toEqual({ type: 'ready', heartbeatMs: 30_000 })
  })

  test.each([
    ['garbage', () => 'garbage', 'UNAUTHENTICATED'],
    ['an empty text', () => '', 'UNAUTHENTICATED'],
    [
      'a token of another secret',
      () => signToken({ sub: 'x', exp: 9_999_999_999 }, 'y'.repeat(40)),
      'UNAUTHENTICATED',
    ],
    ['a token that has expired', () => tokenFor(-1), 'TOKEN_EXPIRED'],
    ['a token that expires now', () => tokenFor(0), 'TOKEN_EXPIRED'],
  ])('with %s is refused', async (_, make, code) => {
    const client = await connectTo(desk)
    expect(await errorAfter(client, { type: 'auth', token: make() })).toBe(code)
    expect(await client.closed).toBe(4401)
  })

  test('lasts as long as the token', async () => {
    const client = await clientOf(desk, tokenFor(60))
    await clock.advance(29_000)
    await client.sync()
    await clock.advance(30_999)
    await client.sync()
    await clock.advance(1)
    expect(await client.closed).toBe(4401)
  })

  test('again, with a new token, prolongs it', async () => {
    const client = await clientOf(desk, tokenFor(10))
    await clock.advance(9_000)
    client.send({ type: 'auth', token: tokenFor(10) })
    await client.next('ready')
    await clock.advance(9_999)
    await client.sync()
    await clock.advance(1)
    expect(await client.closed).toBe(4401)
  })

  test('a bad token ends what a good one began', async () => {
    const client = await clientOf(desk)
    client.send({ type: 'auth', token: 'garbage' })
    expect(await client.closed).toBe(4401)
  })
})

describe('a message that cannot be understood', () => {
  let client: Client
  beforeEach(async () => {
    client = await clientOf(desk)
  })

  test.each(['{', '', 'hello', '\0', '{"type":"ping"'])('malformed JSON %j', async (text) => {
    expect(await errorAfter(client, text)).toBe('MALFORMED_JSON')
    await client.sync()
  })

  test.each([
    {},
    [],
    null,
    5,
    { type: 'buy' },
    { type: ['ping'] },
    { type: 'subscribe' },
    { type: 'subscribe', topics: 'prices' },
    { type: 'subscribe', topics: [] },
    { type: 'subscribe', topics: [5] },
    { type: 'subscribe', topics: ['x'.repeat(601)] },
    { type: 'subscribe', topics: Array.from({ length: 51 }, () => 'prices') },
    { type: 'auth' },
    { type: 'auth', token: 5 },
    { type: 'auth', token: 'x'.repeat(4_097) },
  ])('%j', async (message) => {
    expect(await errorAfter(client, message)).toBe('UNKNOWN_MESSAGE')
    await client.sync()
  })

  test('the error says which field is wrong, or which messages there are', async () => {
    client.send({ type: 'sell' })
    expect(await client.next('error')).toMatchObject({
      detail: 'type must be one of: auth, subscribe, unsubscribe, ping.',
    })
    client.send({ type: 'subscribe', topics: ['prices', 5] })
    expect(await client.next('error')).toMatchObject({ detail: expect.stringMatching(/^topics\.1: /) })
  })

  test('one that is too large ends the connection', async () => {
    client.sendText(JSON.stringify({ type: 'ping', padding: 'x'.repeat(16 * 1_024) }))
    expect(await client.closed).toBe(1009)
  })

  test('one that is no UTF-8 ends the connection, and no other', async () => {
    const other = await clientOf(desk)
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    expect(await client.closed).toBe(1007)
    await other.sync()
    expect(desk.logged.filter(({ level }) => level >= 40)).toEqual([])
  })
})

describe('topics', () => {
  test.each([
    ['orders', 'UNKNOWN_TOPIC'],
    ['', 'UNKNOWN_TOPIC'],
    ['candles', 'UNKNOWN_TOPIC'],
    [`candles:solana:${SOL.asset}`, 'UNKNOWN_TOPIC'],
    [`candles:solana:${SOL.asset}:2m`, 'UNKNOWN_TOPIC'],
    [`candles:solana:${SOL.asset}:1m:x`, 'UNKNOWN_TOPIC'],
    [`candles:tron:${SOL.asset}:1m`, 'CHAIN_UNKNOWN'],
    ['candles:solana:SOL:1m', 'ADDRESS_INVALID'],
    ['candles::: ', 'UNKNOWN_TOPIC'],
    ['candles:binance:BTCUSDT:1m', 'UNKNOWN_ASSET'],
  ])('%j is refused with %s', async (topic, code) => {
    const client = await clientOf(desk)
    expect(await errorAfter(client, { type: 'subscribe', topics: [topic] })).toBe(code)
    expect(await client.next('subscribed')).toEqual({ type: 'subscribed', topics: [] })
  })

  test('one that is refused does not spoil the others', async () => {
    const client = await clientOf(desk)
    client.send({ type: 'subscribe', topics: ['prices', 'orders', 'state'] })
    expect(await client.next('subscribed')).toEqual({ type: 'subscribed', topics: ['prices', 'state'] })
    expect(client.heard.filter(({ type }) => type === 'error')).toHaveLength(1)
  })

  test('leaving what was never followed is fine', async () => {
    const client = await clientOf(desk)
    client.send({ type: 'unsubscribe', topics: ['prices', `candles:solana:${SOL.asset}:1m`] })
    expect(await client.next('subscribed')).toEqual({ type: 'subscribed', topics: [] })
  })

  test('what is asked is done in that order, also when one takes longer', async () => {
    await desk.state.assets.delete({})
    const client = await clientOf(desk)
    const topics = [`candles:solana:${SOL.asset}:1m`]
    client.send({ type: 'subscribe', topics })
    client.send({ type: 'unsubscribe', topics })
    client.send({ type: 'subscribe', topics: ['prices'] })
    const followed = async () => (await client.next('subscribed'))['topics']
    expect([await followed(), await followed(), await followed()]).toEqual([topics, [], ['prices']])
  })
})

describe('limits', () => {
  const pongs = ({ heard }: Client) => heard.filter(({ type }) => type === 'pong').length

  test('fifty topics at a time', async () => {
    const intervals = ['1m', '5m', '15m', '1h', '4h', '1d']
    const assets = Array.from({ length: 9 }, (_, index) => ({
      ...SOL,
      asset: `T${index}USDT`,
      chain: 'binance' as const,
    }))
    await desk.close()
    desk = await openTestDesk({ database: database.open, clock, assets })
    await desk.app.listen({ port: 0, host: '127.0.0.1' })
    const topics = assets.flatMap(({ asset }) =>
      intervals.map((interval) => `candles:binance:${asset}:${interval}`),
    )
    const client = await follower(desk, ...topics.slice(0, 30))
    client.send({ type: 'subscribe', topics: topics.slice(30) })
    expect((await client.next('subscribed'))['topics']).toEqual(topics.slice(0, 50))
    const refused = client.heard.filter(({ type }) => type === 'error')
    expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'TOO_MANY_TOPICS'))
    // What is followed already is no new topic, and leaving makes room.
    client.send({ type: 'subscribe', topics: topics.slice(0, 1) })
    client.send({ type: 'unsubscribe', topics: topics.slice(0, 1) })
    client.send({ type: 'subscribe', topics: ['prices'] })
    await client.sync()
    expect(client.heard.filter(({ type }) => type === 'error')).toHaveLength(4)
  })

  test('as many messages as a heartbeat allows, and one more ends the connection', async () => {
    const client = await clientOf(desk)
    // With the token it is 119.
    for (let sent = 0; sent < 119; sent++) client.send({ type: 'ping' })
    await eventually(() => pongs(client) === 119)
    client.send({ type: 'ping' })
    expect(await client.closed).toBe(4429)
    expect(pongs(client)).toBe(119)
  })

  test('the next heartbeat allows as many again', async () => {
    const client = await clientOf(desk)
    for (let beat = 0; beat < 3; beat++) {
      for (let sent = 0; sent < 100; sent++) client.send({ type: 'ping' })
      await client.sync()
      await clock.advance(30_000)
      await client.sync()
    }
    expect(client.socket.readyState).toBe(client.socket.OPEN)
  })

  test('what comes after the last message that counted is not read', async () => {
    const client = await clientOf(desk)
    for (let sent = 0; sent < 500; sent++) client.send({ type: 'ping' })
    expect(await client.closed).toBe(4429)
    expect(pongs(client)).toBeLessThan(120)
  })
})
