import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { freshRedis } from '../../../../test/servers/redis.ts'
import type { Candle } from '../../src/market/candles/candle.ts'
import { MON, openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { problemIn, refusal } from './problem.ts'

const database = useDatabase()
const clock = virtualClock()
const MINUTE = 60_000
const T0 = Date.UTC(2026, 0, 1, 12)

let desk: TestDesk
beforeEach(async () => {
  desk = await openTestDesk({ database: database.open, clock })
})
afterEach(() => desk.close())

const get = (path: string, { app } = desk) => app.inject({ url: `/api/v1/${path}` })
const candles = async (query = '', { app } = desk): Promise<Candle[]> =>
  (await app.inject({ url: `/api/v1/candles/solana/${SOL.asset}${query}` })).json().candles

describe('assets', () => {
  test('are listed by chain and symbol', async () => {
    expect((await get('assets')).json()).toEqual({ assets: [MON, SOL] })
  })

  test('are those that this desk feeds, not those of another desk on its database and store', async () => {
    const store = redisStore(freshRedis())
    // In real time: whoever opens a gate may have to wait for transactions of others.
    const other = await openTestDesk({ database: database.open, store, assets: [MON] })
    const own = await openTestDesk({ database: database.open, store, assets: [SOL] })
    onTestFinished(() => Promise.all([own.close(), other.close()]).then(() => undefined))
    for (const [of, asset] of [
      [other, MON],
      [own, SOL],
    ] as const) {
      await of.source.trade(asset, '1', T0)
      expect((await get('assets', of)).json()).toEqual({ assets: [asset] })
    }
    const symbols = async (of: TestDesk) =>
      (await get('prices', of)).json().prices.map(({ symbol }: { symbol: string }) => symbol)
    expect([await symbols(own), await symbols(other)]).toEqual([['SOL'], ['MON']])
  })
})

describe('prices', () => {
  test('carry their provenance', async () => {
    await desk.source.trade(SOL, '148.25', T0)
    await clock.advance(1_234)
    const price = {
      chain: 'solana',
      asset: SOL.asset,
      symbol: 'SOL',
      quote: 'USDC',
      price: '148.25',
      change24h: null,
      eventTime: T0,
      seq: 1,
      ageMs: 1_234,
      tier: 'l1',
      stale: false,
    }
    expect((await get(`prices/solana/${SOL.asset}`)).json()).toEqual(price)
    // The other asset has no price yet, so it is not in the list.
    expect((await get('prices')).json()).toEqual({ prices: [price] })
  })

  test('count their trades', async () => {
    for (const [seq, price] of ['1', '2', '1.5'].entries()) {
      await desk.source.trade(SOL, price, T0 + seq)
      expect((await get(`prices/solana/${SOL.asset}`)).json()).toMatchObject({ price, seq: seq + 1 })
    }
  })

  test('are stale after half a minute, and still shown when the store has forgotten them', async () => {
    await desk.source.trade(SOL, '148.25', T0)
    await clock.advance(30_000)
    expect((await get(`prices/solana/${SOL.asset}`)).json()).toMatchObject({ ageMs: 30_000, stale: false })
    await clock.advance(1)
    expect((await get(`prices/solana/${SOL.asset}`)).json()).toMatchObject({ ageMs: 30_001, stale: true })
    await desk.state.price.delete({ chain: 'solana', asset: SOL.asset })
    expect((await get(`prices/solana/${SOL.asset}`)).json()).toMatchObject({
      price: '148.25',
      ageMs: 30_001,
      tier: 'source',
      stale: true,
    })
  })

  test('an address of an EVM chain is found in any case, one of Solana in its own alone', async () => {
    await desk.source.trade(MON, '3.25', T0)
    await desk.source.trade(SOL, '148.25', T0)
    const upper = `0x${MON.asset.slice(2).toUpperCase()}`
    expect((await get(`prices/monad/${upper}`)).json()).toMatchObject({ asset: MON.asset, price: '3.25' })
    // Still base58 of 32 bytes, but another mint.
    const swapped = SOL.asset.replace('So1', 'sO1').replace('O', 'P')
    expect((await get(`prices/solana/${swapped}`)).statusCode).not.toBe(200)
  })

  test('an asset without a trade has no price', async () => {
    const { code, detail } = problemIn(await get(`prices/solana/${SOL.asset}`))
    expect(code).toBe('NO_PRICE')
    expect(detail).toContain('SOL')
  })

  test.each([
    ['tron', SOL.asset, 'CHAIN_UNKNOWN', 'chain'],
    ['Solana', SOL.asset, 'CHAIN_UNKNOWN', 'chain'],
    ['%00', SOL.asset, 'CHAIN_UNKNOWN', 'chain'],
    ['solana', 'SOL', 'ADDRESS_INVALID', 'asset'],
    ['solana', '0'.repeat(44), 'ADDRESS_INVALID', 'asset'],
    ['monad', '0x12', 'ADDRESS_INVALID', 'asset'],
    ['monad', SOL.asset, 'ADDRESS_INVALID', 'asset'],
    ['binance', 'XRP%2FETH', 'ADDRESS_INVALID', 'asset'],
    ['binance', '%3A', 'ADDRESS_INVALID', 'asset'],
  ])('prices/%s/%s: %s', async (chain, asset, code, field) => {
    for (const route of ['prices', 'candles']) {
      const problem = problemIn(await get(`${route}/${chain}/${asset}`))
      expect(problem).toMatchObject({ status: 400, code, errors: [{ field, message: problem.detail }] })
    }
  })

  test('a name that is too long is refused by field', async () => {
    const { errors } = problemIn(await get(`prices/solana/${'x'.repeat(129)}`))
    expect(errors?.[0]?.field).toBe('asset')
    expect(refusal(await get(`prices/solana/${'x'.repeat(300)}`))).toBe('414 URL_TOO_LONG')
  })

  test('an asset that is not listed is unknown, and asking for many of them fills nothing', async () => {
    for (const asset of ['XRPETH', 'BTCUSDT'])
      expect(refusal(await get(`prices/binance/${asset}`))).toBe('404 UNKNOWN_ASSET')
    expect(refusal(await get('candles/binance/XRPETH'))).toBe('404 UNKNOWN_ASSET')
    expect(desk.state.counts()).toMatchObject({ price: { loads: 0 }, ohlcv: { loads: 0 } })
  })
})

describe('candles', () => {
  test('end with the one that forms, and have the volume of exactly their trades', async () => {
    expect(await candles()).toEqual([])
    await desk.source.trade(SOL, '10', T0, '0.1')
    await desk.source.trade(SOL, '12', T0 + 1_000, '0.2')
    await desk.source.trade(SOL, '9', T0 + MINUTE, '3')
    const first = { time: T0, open: '10', high: '12', low: '10', close: '12', volume: '0.3', trades: 2 }
    const second = { time: T0 + MINUTE, open: '9', high: '9', low: '9', close: '9', volume: '3', trades: 1 }
    expect(await candles()).toEqual([first, second])
    expect(await candles('?interval=1h')).toEqual([
      { time: T0, open: '10', high: '12', low: '9', close: '9', volume: '3.3', trades: 3 },
    ])

    // It still forms, and is completed by the next: the cache had seen neither.
    await desk.source.trade(SOL, '8', T0 + MINUTE + 1, '1')
    await desk.source.trade(SOL, '7', T0 + 3 * MINUTE, '1')
    expect(await candles()).toEqual([
      first,
      { ...second, low: '8', close: '8', volume: '4', trades: 2 },
      { time: T0 + 3 * MINUTE, open: '7', high: '7', low: '7', close: '7', volume: '1', trades: 1 },
    ])
  })

  test('have no hole while the feed is between a tick and the cache', async () => {
    await desk.source.trade(SOL, '10', T0)
    await desk.source.trade(SOL, '11', T0 + MINUTE)
    await candles()
    // On the board, and no further: the cached list still ends before the second candle.
    desk.board.record({ ...SOL, price: '12', quantity: '1', eventTimeMs: T0 + 2 * MINUTE })
    expect((await candles()).map(({ close }) => close)).toEqual(['10', '11', '12'])
    // Several candles further, as in a replay that runs an hour in a second.
    for (const minute of [3, 4, 5])
      desk.board.record({ ...SOL, price: '13', quantity: '1', eventTimeMs: T0 + minute * MINUTE })
    expect((await candles()).map(({ time }) => (time - T0) / MINUTE)).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('are limited, the latest staying', async () => {
    for (let minute = 0; minute < 5; minute++) await desk.source.trade(SOL, '1', T0 + minute * MINUTE)
    const times = async (query: string) => (await candles(query)).map(({ time }) => (time - T0) / MINUTE)
    expect(await times('?limit=2')).toEqual([3, 4])
    expect(await times('?limit=1')).toEqual([4])
    expect(await times('?limit=1000')).toEqual([0, 1, 2, 3, 4])
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['limit=NaN', 'limit'],
    ['interval=2m', 'interval'],
    ['interval=', 'interval'],
    ['interval=1m&interval=5m', 'interval'],
  ])('%s is refused', async (query, field) => {
    const answer = await get(`candles/solana/${SOL.asset}?${query}`)
    expect(problemIn(answer).errors?.[0]?.field).toBe(field)
  })
})

describe('two servers with one Redis', () => {
  let here: TestDesk
  let there: TestDesk
  beforeAll(async () => {
    const store = redisStore(freshRedis())
    here = await openTestDesk({ database: database.open, store })
    there = await openTestDesk({ database: database.open, store, board: here.board })
  })
  afterAll(async () => {
    await here.close()
    await there.close()
  })

  test('show the same price', async () => {
    await here.source.trade(SOL, '1', T0)
    for (const price of ['2', '3', '4']) {
      await get(`prices/solana/${SOL.asset}`, there)
      await here.source.trade(SOL, price, T0)
      const seen = async () => (await get(`prices/solana/${SOL.asset}`, there)).json().price
      await expect(eventually(async () => (await seen()) === price, 100)).resolves.toBeUndefined()
    }
  })

  test('show the same completed candles', async () => {
    const closes = async (desk: TestDesk) => (await candles('', desk)).map(({ close }) => close)
    await here.source.trade(SOL, '5', T0 + MINUTE)
    await here.source.trade(SOL, '6', T0 + 2 * MINUTE)
    const before = await closes(there)
    await here.source.trade(SOL, '7', T0 + 3 * MINUTE)
    await eventually(async () => (await closes(there)).length === before.length + 1, 100)
    expect(await closes(there)).toEqual(await closes(here))
  })
})
