import type { Candle, Interval } from '../api/shapes.ts'

/** How many candles a chart holds. */
export const CHART_CANDLES = 300

/** The length of each interval. */
export const INTERVAL_MS: Readonly<Record<Interval, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
}

/** Each interval in words, for those who hear it. */
export const INTERVAL_NAMES: Readonly<Record<Interval, string>> = {
  '1m': '1 minute',
  '5m': '5 minutes',
  '15m': '15 minutes',
  '1h': '1 hour',
  '4h': '4 hours',
  '1d': '1 day',
}

/** Puts the newest form of a candle in its place. One that is older than the list's last is a late replay: ignored. */
export function mergeCandle(candles: readonly Candle[], candle: Candle): readonly Candle[] {
  const last = candles.at(-1)
  if (last && candle.time < last.time) return candles
  const before = last?.time === candle.time ? candles.slice(0, -1) : candles.slice(1 - CHART_CANDLES)
  return [...before, candle]
}
