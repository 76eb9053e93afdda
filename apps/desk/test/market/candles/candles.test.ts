import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import * as decimal from '../../../src/domain/decimal.ts'
import type { Candle } from '../../../src/market/candles/candle.ts'
import { createCandles } from '../../../src/market/candles/candles.ts'
import { candleTime, type Interval, intervalMs, INTERVALS } from '../../../src/market/candles/interval.ts'
import type { Tick } from '../../../src/market/price-source.ts'

const PAIR = { chain: 'binance', asset: 'XRPETH' } as const
const MIDNIGHT = Date.UTC(2026, 0, 1)

const tick = (offsetMs: number, price: string, quantity: string | null = '1'): Tick => ({
  ...PAIR,
  price,
  quantity,
  eventTimeMs: MIDNIGHT + offsetMs,
})

const candlesOf = (ticks: readonly Tick[]) => {
  const candles = createCandles()
  for (const each of ticks) candles.add(each)
  return candles
}

describe('one candle', () => {
  test('has the first, highest, lowest and last price, the exact volume and the number of trades', () => {
    const candles = candlesOf([
      tick(0, '10', '0.1'),
      tick(10, '9.5', '0.2'),
      tick(20, '12.25', null),
      tick(30, '11', '0.000000000000000001'),
    ])
    expect(candles.list(PAIR, '1m', 10)).toEqual([
      {
        time: MIDNIGHT,
        open: '10',
        high: '12.25',
        low: '9.5',
        close: '11',
        volume: '0.300000000000000001',
        trades: 4,
      },
    ])
  })

  test('prices are compared as numbers: 9 is below 10, and 0.00001 below 0.0001', () => {
    const [candle] = candlesOf([tick(0, '9'), tick(1, '10'), tick(2, '0.00001'), tick(3, '0.0001')]).list(
      PAIR,
      '1m',
      1,
    )
    expect(candle).toMatchObject({ high: '10', low: '0.00001' })
  })

  test.each<[Interval, string]>([
    ['1m', '2026-03-04T23:59:00.000Z'],
    ['5m', '2026-03-04T23:55:00.000Z'],
    ['15m', '2026-03-04T23:45:00.000Z'],
    ['1h', '2026-03-04T23:00:00.000Z'],
    ['4h', '2026-03-04T20:00:00.000Z'],
    ['1d', '2026-03-04T00:00:00.000Z'],
  ])('of %s begins where UTC says', (interval, begins) => {
    const last = Date.parse('2026-03-04T23:59:59.999Z')
    expect(new Date(candleTime(last, interval)).toISOString()).toBe(begins)
    expect(candleTime(last + 1, interval)).toBe(Date.parse('2026-03-05T00:00:00.000Z'))
  })
})

describe('a series', () => {
  test('has no candle for an interval without trades', () => {
    const times = candlesOf([tick(0, '1'), tick(5 * 60_000, '2')])
      .list(PAIR, '1m', 10)
      .map(({ time }) => time - MIDNIGHT)
    expect(times).toEqual([0, 5 * 60_000])
  })

  test('lists the latest, oldest first; the last one may still grow', () => {
    const candles = candlesOf([tick(0, '1'), tick(60_000, '2'), tick(120_000, '3')])
    expect(candles.list(PAIR, '1m', 2).map(({ close }) => close)).toEqual(['2', '3'])
    candles.add(tick(121_000, '4'))
    expect(candles.latest(PAIR, '1m')).toMatchObject({ open: '3', close: '4', trades: 2 })
    expect(candles.list(PAIR, '1m', 0)).toEqual([])
  })

  test('a list that was handed out does not change later', () => {
    const candles = candlesOf([tick(0, '1')])
    const before = candles.list(PAIR, '1m', 1)
    candles.add(tick(1, '9'))
    expect(before[0]?.close).toBe('1')
  })

  test('a late tick counts in its own interval, and is not the close of a later trade', () => {
    const candles = candlesOf([tick(10, '5'), tick(60_000, '7'), tick(5, '4'), tick(20, '6'), tick(15, '9')])
    expect(candles.list(PAIR, '1m', 10)).toMatchObject([
      { open: '4', close: '6', high: '9', trades: 4 },
      { open: '7', close: '7', trades: 1 },
    ])
  })

  test('of trades at the same moment, the first to arrive opens and the last to arrive closes', () => {
    const candles = candlesOf([tick(5, '1'), tick(5, '3'), tick(5, '2')])
    expect(candles.latest(PAIR, '1m')).toMatchObject({ open: '1', close: '2', high: '3' })
  })

  test('keeps the latest and lets the oldest go, for good', () => {
    const candles = createCandles({ maxCandles: 3 })
    for (let minute = 0; minute < 10; minute++) candles.add(tick(minute * 60_000, String(minute + 1)))
    candles.add(tick(0, '99'))
    expect(candles.list(PAIR, '1m', 100).map(({ close }) => close)).toEqual(['8', '9', '10'])
    expect(candles.latest(PAIR, '1d')).toMatchObject({ trades: 11, high: '99' })
  })

  test('a pair without trades has no candles', () => {
    expect(createCandles().list(PAIR, '1m', 10)).toEqual([])
    expect(createCandles().latest(PAIR, '1m')).toBeNull()
  })

  test('mints that differ only in case are two pairs', () => {
    const candles = createCandles()
    candles.add({ ...tick(0, '1'), chain: 'solana', asset: 'AbC' })
    candles.add({ ...tick(0, '2'), chain: 'solana', asset: 'aBC' })
    expect(candles.latest({ chain: 'solana', asset: 'AbC' }, '1m')?.close).toBe('1')
    expect(candles.latest({ chain: 'solana', asset: 'aBC' }, '1m')?.close).toBe('2')
  })

  test('above the bound of pairs, the one that was quiet for longest goes', () => {
    const candles = createCandles({ maxPairs: 2 })
    const of = (asset: string): Tick => ({ ...tick(0, '1'), asset })
    for (const asset of ['A', 'B', 'A', 'C']) candles.add(of(asset))
    expect(candles.latest(of('A'), '1m')?.trades).toBe(2)
    expect(candles.latest(of('B'), '1m')).toBeNull()
    expect(candles.latest(of('C'), '1m')?.trades).toBe(1)
  })

  test('a price that is no decimal changes nothing', () => {
    const candles = candlesOf([tick(0, '1')])
    expect(() => candles.add(tick(1, 'x'))).toThrow(expect.objectContaining({ code: 'DECIMAL_INVALID' }))
    expect(() => candles.add(tick(1, '2', '?'))).toThrow('quantity')
    expect(candles.latest(PAIR, '1m')).toMatchObject({ close: '1', trades: 1 })
  })
})

describe('any ticks', () => {
  const money = fc
    .bigInt({ min: 1n, max: 10n ** 12n })
    .chain((units) => fc.integer({ min: 0, max: 8 }).map((scale) => decimal.format({ units, scale })))
  const anyTick = fc
    .record({
      // Coarse steps, so that some ticks share their moment.
      offsetMs: fc.integer({ min: 0, max: 3 * 24 * 60 }).map((minutes) => minutes * 60_000),
      price: money,
      quantity: fc.option(money, { nil: null }),
    })
    .map(({ offsetMs, price, quantity }) => tick(offsetMs, price, quantity))
  const anyTicks = fc.array(anyTick, { minLength: 1, maxLength: 60 })

  /** What a candle is, said in the plainest way. */
  function model(ticks: readonly Tick[], interval: Interval): Candle[] {
    const length = intervalMs(interval)
    const inOrder = ticks.toSorted((a, b) => a.eventTimeMs - b.eventTimeMs)
    return [...groupBy(inOrder, length)].map(([time, group]) => {
      const byPrice = group
        .map(({ price }) => price)
        .sort((a, b) => decimal.compare(decimal.parse(a), decimal.parse(b)))
      const volume = group.reduce(
        (sum, { quantity }) => decimal.add(sum, decimal.parse(quantity ?? '0')),
        decimal.ZERO,
      )
      return {
        time,
        open: group[0]?.price ?? '',
        high: byPrice.at(-1) ?? '',
        low: byPrice[0] ?? '',
        close: group.at(-1)?.price ?? '',
        volume: decimal.format(volume),
        trades: group.length,
      }
    })
  }

  function groupBy(ticks: readonly Tick[], length: number): Map<number, Tick[]> {
    const groups = new Map<number, Tick[]>()
    for (const each of ticks) {
      const time = Math.floor(each.eventTimeMs / length) * length
      groups.set(time, [...(groups.get(time) ?? []), each])
    }
    return groups
  }

  test('give the candles of the plainest model, in every interval and in whatever order they arrive', () => {
    fc.assert(
      fc.property(anyTicks, (ticks) => {
        const candles = candlesOf(ticks)
        for (const interval of INTERVALS)
          expect(candles.list(PAIR, interval, 1_000)).toEqual(model(ticks, interval))
      }),
    )
  })

  test('give the same candles again', () => {
    fc.assert(
      fc.property(anyTicks, (ticks) => {
        expect(candlesOf(ticks).list(PAIR, '5m', 1_000)).toEqual(candlesOf(ticks).list(PAIR, '5m', 1_000))
      }),
    )
  })
})
