/** The candle intervals that the desk keeps, shortest first. */
export const INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const

/** The length of a candle. */
export type Interval = (typeof INTERVALS)[number]

const LENGTH_MS: Readonly<Record<Interval, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
}

/** How long a candle of `interval` lasts. */
export function intervalMs(interval: Interval): number {
  return LENGTH_MS[interval]
}

/** When the candle that `timeMs` falls into begins: intervals are aligned to 1970-01-01 00:00 UTC. */
export function candleTime(timeMs: number, interval: Interval): number {
  return timeMs - (timeMs % LENGTH_MS[interval])
}
