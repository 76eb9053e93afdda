import { memoryStore, type StoreFactory } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { pino } from 'pino'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { Asset } from '../../src/domain/assets.ts'
import { type Board, createBoard } from '../../src/market/board.ts'
import { candlesOf } from '../../src/market/candle-view.ts'
import { createFeed, type Feed, type PriceChange } from '../../src/market/feed.ts'
import { pricesOf } from '../../src/market/price-view.ts'
import { createLog } from '../../src/ops/log.ts'
import { type DeskState, openState } from '../../src/ops/state.ts'
import { MON, SOL } from '../test-desk.ts'
import { type ManualSource, manualSource } from './manual-source.ts'

const T0 = Date.UTC(2026, 0, 1, 12)
const MINUTE = 60_000

/** A memory store that a test can slow down and break. */
function troubledStore() {
  const trouble = { fails: false, slow: undefined as (() => Promise<void>) | undefined }
  const inner = memoryStore()
  const pass = async (): Promise<void> => {
    await trouble.slow?.()
    if (trouble.fails) throw new Error('the store is down')
  }
  const factory: StoreFactory = (context) => {
    const store = inner(context)
    const { entries } = store
    return {
      ...store,
      entries: {
        offsetMs: (key) => entries.offsetMs(key),
        read: (key) => pass().then(() => entries.read(key)),
        readMany: (keys) => pass().then(() => entries.readMany(keys)),
        readBytes: (key) => pass().then(() => entries.readBytes(key)),
        readManyBytes: (keys) => pass().then(() => entries.readManyBytes(keys)),
        look: (key) => pass().then(() => entries.look(key)),
        claimMany: (...args) => pass().then(() => entries.claimMany(...args)),
        extend: (...args) => pass().then(() => entries.extend(...args)),
        release: (...args) => pass().then(() => entries.release(...args)),
        fillMany: (...args) => pass().then(() => entries.fillMany(...args)),
        put: (...args) => pass().then(() => entries.put(...args)),
        expire: (...args) => pass().then(() => entries.expire(...args)),
        ensureMark: (...args) => pass().then(() => entries.ensureMark(...args)),
        removeMarks: (keys) => pass().then(() => entries.removeMarks(keys)),
        remove: (keys) => pass().then(() => entries.remove(keys)),
      },
    }
  }
  return { factory, trouble }
}

/** Prices need none: it is asked whether its tables are there, whether anybody is writing, and what was revoked. */
const NO_DATABASE = {
  execute: async () => ({ rows: [{ known: true, id: '1', oldest_running: '2', horizon: '2', name: null }] }),
} as unknown as Database

const clock = virtualClock()
let board: Board
let state: DeskState
let feed: Feed
let source: ManualSource
let trouble: ReturnType<typeof troubledStore>['trouble']
let logged: string[]
let heard: PriceChange[]
let fed: Promise<void>

beforeEach(async () => {
  board = createBoard(clock)
  const store = troubledStore()
  trouble = store.trouble
  state = await openState(store.factory, { db: NO_DATABASE, board }, clock)
  source = manualSource()
  logged = []
  feed = createFeed(source, board, state, createLog('warn', { write: (line) => logged.push(line) }))
  heard = []
  feed.listen((change) => heard.push(change))
  const abort = new AbortController()
  fed = feed.run(abort.signal)
  onTestFinished(async () => {
    trouble.fails = false
    abort.abort()
    await fed.catch(() => undefined)
    await state.close()
  })
})

const price = async (asset: Asset) => (await pricesOf(state, [asset]))[0]
const closes = async () => (await candlesOf(state, board, SOL, '1m', 1_000)).map(({ close }) => close)

describe('a tick', () => {
  test('is on the board, in the price keyspace and told, under one number', async () => {
    await source.trade(SOL, '1.5', T0)
    const expected = { price: '1.5', eventTime: T0, seq: 1, change24h: null }
    expect(board.latest(SOL)?.price).toEqual(expected)
    expect(await state.price.get(SOL)).toEqual(expected)
    expect(heard).toEqual([{ tick: expect.objectContaining({ price: '1.5' }), price: expected }])
  })

  test('is told when it can be read already', async () => {
    const read: unknown[] = []
    feed.listen(({ tick }) => read.push(state.price.peek(tick)))
    for (const each of ['1', '2', '3']) await source.trade(SOL, each, T0)
    expect(read).toEqual(['1', '2', '3'].map((each) => expect.objectContaining({ price: each })))
  })

  test('is told no more to who has left', async () => {
    const late: PriceChange[] = []
    const leave = feed.listen((change) => late.push(change))
    await source.trade(SOL, '1', T0)
    leave()
    await source.trade(SOL, '2', T0)
    expect([late.length, heard.length]).toEqual([1, 2])
  })
})

describe('a reaction', () => {
  test('is awaited before the next tick, and runs before those who only listen', async () => {
    const order: string[] = []
    feed.react(async ({ tick }) => {
      order.push(`begin ${tick.price}`)
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
      order.push(`end ${tick.price}`)
    })
    feed.listen(({ tick }) => order.push(`heard ${tick.price}`))
    await source.trade(SOL, '1', T0)
    await source.trade(SOL, '2', T0)
    expect(order).toEqual(['begin 1', 'end 1', 'heard 1', 'begin 2', 'end 2', 'heard 2'])
  })

  test('that has left is not asked any more', async () => {
    let calls = 0
    const leave = feed.react(() => void calls++)
    await source.trade(SOL, '1', T0)
    leave()
    await source.trade(SOL, '2', T0)
    expect(calls).toBe(1)
  })

  test('sees the tick also while the store is down', async () => {
    const seen: string[] = []
    feed.react(({ tick }) => void seen.push(tick.price))
    trouble.fails = true
    await source.trade(SOL, '1', T0)
    expect(seen).toEqual(['1'])
  })
})

test('a slow store slows the source down; nothing is lost and nothing overtaken', async () => {
  let inFlight = 0
  let mostInFlight = 0
  trouble.slow = async () => {
    mostInFlight = Math.max(mostInFlight, ++inFlight)
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    inFlight--
  }
  const stored: string[] = []
  feed.listen(({ tick }) => stored.push(state.price.peek(tick)?.price ?? ''))
  const prices = Array.from({ length: 200 }, (_, index) => String(index + 1))
  for (const [index, each] of prices.entries())
    await source.trade(index % 3 ? SOL : MON, each, T0 + index * 1_000)
  expect(heard.map(({ tick }) => tick.price)).toEqual(prices)
  expect(stored).toEqual(prices)
  expect(mostInFlight).toBe(1)
  expect([board.ticks(), feed.failedWrites()]).toEqual([200, 0])
  const counted = (await candlesOf(state, board, SOL, '1h', 10)).reduce((sum, { trades }) => sum + trades, 0)
  expect(counted).toBe(prices.filter((_, index) => index % 3).length)
})

describe('while the store is down', () => {
  test('prices are served from the board, ticks are told, and the source runs on', async () => {
    await source.trade(SOL, '1', T0)
    trouble.fails = true
    for (const [index, each] of ['2', '3', '4'].entries()) {
      await source.trade(SOL, each, T0 + index)
      expect(await price(SOL)).toMatchObject({ price: each, seq: index + 2, tier: 'source' })
    }
    expect(heard.length).toBe(4)
    expect(feed.failedWrites()).toBe(3)
  })

  test('the log says so once, and once when it is over', async () => {
    trouble.fails = true
    for (let tick = 0; tick < 50; tick++) await source.trade(SOL, '1', T0)
    trouble.fails = false
    for (let tick = 0; tick < 50; tick++) await source.trade(SOL, '1', T0)
    const messages = logged.map((line) => JSON.parse(line))
    expect(messages).toMatchObject([
      { msg: 'writing prices to the store: it fails', err: [{ message: 'the store is down' }] },
      { msg: 'writing prices to the store: it works again', failures: 50 },
    ])
  })

  test('candles that were completed meanwhile are right afterwards', async () => {
    await source.trade(SOL, '1', T0)
    await source.trade(SOL, '2', T0 + MINUTE)
    expect(await closes()).toEqual(['1', '2'])
    trouble.fails = true
    for (const minute of [2, 3, 4]) await source.trade(SOL, String(minute + 1), T0 + minute * MINUTE)
    trouble.fails = false
    // The next tick completes nothing itself.
    await source.trade(SOL, '6', T0 + 4 * MINUTE + 1)
    expect(await closes()).toEqual(['1', '2', '3', '4', '6'])
  })

  test('also when it was down from the first tick on', async () => {
    await candlesOf(state, board, SOL, '1m', 10)
    trouble.fails = true
    for (const minute of [0, 1, 2, 3]) await source.trade(SOL, String(minute), T0 + minute * MINUTE)
    trouble.fails = false
    await source.trade(SOL, '4', T0 + 3 * MINUTE + 1)
    expect(await closes()).toEqual(['0', '1', '2', '4'])
  })
})

describe('cached candles', () => {
  test('are read from the board again when one more is complete, and only then', async () => {
    await source.trade(SOL, '1', T0)
    await source.trade(SOL, '2', T0 + MINUTE)
    const loads = () => state.counts()['ohlcv']?.loads
    await closes()
    expect(loads()).toBe(1)
    for (let tick = 0; tick < 10; tick++) await source.trade(SOL, '3', T0 + MINUTE + tick)
    await closes()
    expect(loads()).toBe(1)
    await source.trade(MON, '9', T0 + 5 * MINUTE)
    await closes()
    expect(loads()).toBe(1)
    await source.trade(SOL, '4', T0 + 2 * MINUTE)
    expect(await closes()).toEqual(['1', '3', '4'])
    expect(loads()).toBe(2)
  })

  test('of the longer intervals are invalidated at their own ends', async () => {
    const cachedTimes = async (interval: string) =>
      (await state.ohlcv.get({ ...SOL, interval }))?.map(({ time }) => (time - T0) / MINUTE)
    await source.trade(SOL, '1', T0)
    await source.trade(SOL, '2', T0 + 5 * MINUTE)
    expect([await cachedTimes('1m'), await cachedTimes('5m'), await cachedTimes('1h')]).toEqual([
      [0],
      [0],
      [],
    ])
    await source.trade(SOL, '3', T0 + 6 * MINUTE)
    expect([await cachedTimes('1m'), await cachedTimes('5m')]).toEqual([[0, 5], [0]])
    await source.trade(SOL, '4', T0 + 60 * MINUTE)
    expect([await cachedTimes('5m'), await cachedTimes('1h')]).toEqual([[0, 5], [0]])
  })
})

describe('the end of the source', () => {
  test('is the end of the run, and its failure the failure of the run', async () => {
    await source.trade(SOL, '1', T0)
    source.fail(new Error('the venue hung up'))
    await expect(fed).rejects.toThrow('the venue hung up')
    // What was known stays known.
    expect(await price(SOL)).toMatchObject({ price: '1' })
  })

  test('a tick that is none ends it rather than being taken for a price', async () => {
    await expect(source.trade(SOL, 'free', T0)).rejects.toThrow(/price: "free"/)
    expect(heard).toEqual([])
  })
})

test('two feeds do not mix', async () => {
  const other = createFeed(manualSource(), createBoard(clock), state, pino({ level: 'silent' }))
  const told: PriceChange[] = []
  other.listen((change) => told.push(change))
  await source.trade(SOL, '1', T0)
  expect(told).toEqual([])
})
