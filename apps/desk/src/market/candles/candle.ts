import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'

/** The trades of one interval. Prices and volume are canonical decimal text. */
export interface Candle {
  /** When the interval begins, ms since 1970 UTC. */
  readonly time: number
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
  /** Sum of the quantities. Trades of unknown quantity add nothing. */
  readonly volume: string
  readonly trades: number
}

/** A trade with its texts read, once for all intervals that it counts in. */
export interface Trade {
  readonly timeMs: number
  readonly price: Decimal
  readonly quantity: Decimal
}

/**
 * A candle that still takes trades. Numbers rather than texts, not only for speed: a short text cut from a long
 * one (a line of a file) would keep all of the long one in memory.
 */
export interface Bar {
  readonly time: number
  open: Decimal
  high: Decimal
  low: Decimal
  close: Decimal
  volume: Decimal
  trades: number
  openedMs: number
  closedMs: number
}

/** The bar that begins at `time`, with its first trade. */
export function openBar(time: number, trade: Trade): Bar {
  const { price, quantity, timeMs } = trade
  return {
    time,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: quantity,
    trades: 1,
    openedMs: timeMs,
    closedMs: timeMs,
  }
}

/** Counts one more trade. The order of the trades' times decides on open and close, between equals that of arrival. */
export function addToBar(bar: Bar, { timeMs, price, quantity }: Trade): void {
  if (timeMs < bar.openedMs) {
    bar.open = price
    bar.openedMs = timeMs
  }
  if (timeMs >= bar.closedMs) {
    bar.close = price
    bar.closedMs = timeMs
  }
  if (decimal.compare(price, bar.high) > 0) bar.high = price
  if (decimal.compare(price, bar.low) < 0) bar.low = price
  bar.volume = decimal.add(bar.volume, quantity)
  bar.trades++
}

/** The bar as it stands. */
export function toCandle(bar: Bar): Candle {
  return {
    time: bar.time,
    open: decimal.format(bar.open),
    high: decimal.format(bar.high),
    low: decimal.format(bar.low),
    close: decimal.format(bar.close),
    volume: decimal.format(bar.volume),
    trades: bar.trades,
  }
}
