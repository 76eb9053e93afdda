/**
 * Candles of every pair and interval, built from ticks. The same ticks give the same candles: a tick counts in the
 * interval of its event time, whenever it arrives.
 *
 * An interval without trades has no candle. Nothing is invented for it: a chart that wants an unbroken line draws
 * the previous close, and knows that it does so.
 */

import * as decimal from '../../domain/decimal.ts'
import type { Tick } from '../price-source.ts'
import { type Candle, toCandle } from './candle.ts'
import { type Interval, INTERVALS } from './interval.ts'
import { createSeries, type Series } from './series.ts'

/** What a candle is of. */
export type Pair = Pick<Tick, 'chain' | 'asset'>

/** The candles of all pairs, in memory. */
export interface Candles {
  /** @throws DecimalError when the price or quantity is no decimal */
  add(tick: Tick): void
  /** The latest `limit` candles, oldest first; the last one may still be forming. Empty for a pair without trades. */
  list(pair: Pair, interval: Interval, limit: number): Candle[]
  /** The last candle of `list`, or `null`. */
  latest(pair: Pair, interval: Interval): Candle | null
}

/** How much is kept. */
export interface CandleLimits {
  /** Candles of a pair and interval; the oldest go first. Default 1,000. */
  readonly maxCandles?: number
  /** Pairs; the one that has been without a tick for longest goes first. Default 500. */
  readonly maxPairs?: number
}

/** No candles yet. */
export function createCandles({ maxCandles = 1_000, maxPairs = 500 }: CandleLimits = {}): Candles {
  const books = new Map<string, Book>()
  let arrivals = 0

  const bookOf = (key: string): Book => {
    const known = books.get(key)
    if (known) return known
    if (books.size >= maxPairs) books.delete(quietest(books))
    const book: Book = { lastArrival: 0, series: openSeries(maxCandles) }
    books.set(key, book)
    return book
  }

  const list = (pair: Pair, interval: Interval, limit: number): Candle[] =>
    books.get(keyOf(pair))?.series[interval].latest(limit).map(toCandle) ?? []

  return {
    add(tick) {
      const trade = {
        timeMs: tick.eventTimeMs,
        price: decimal.parse(tick.price, 'price'),
        quantity: tick.quantity === null ? decimal.ZERO : decimal.parse(tick.quantity, 'quantity'),
      }
      const book = bookOf(keyOf(tick))
      book.lastArrival = ++arrivals
      for (const interval of INTERVALS) book.series[interval].add(trade)
    },
    list,
    latest: (pair, interval) => list(pair, interval, 1)[0] ?? null,
  }
}

/** All that is kept of one pair. */
interface Book {
  /** The number of its last tick among all ticks. */
  lastArrival: number
  readonly series: Readonly<Record<Interval, Series>>
}

function openSeries(maxCandles: number): Record<Interval, Series> {
  const open = (interval: Interval): Series => createSeries(interval, maxCandles)
  return {
    '1m': open('1m'),
    '5m': open('5m'),
    '15m': open('15m'),
    '1h': open('1h'),
    '4h': open('4h'),
    '1d': open('1d'),
  }
}

function quietest(books: ReadonlyMap<string, Book>): string {
  let key = ''
  let earliest = Number.POSITIVE_INFINITY
  for (const [candidate, { lastArrival }] of books) {
    if (lastArrival < earliest) {
      key = candidate
      earliest = lastArrival
    }
  }
  return key
}

function keyOf({ chain, asset }: Pair): string {
  return `${chain}:${asset}`
}
