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

/**
 * What the stream has sent of a chart so far, the newest candle at the end: `tail` and the next message of it. The
 * candles of a message follow each other without a hole, and it begins with the last one of the message before; where
 * it begins later there may be others in between, and the tail begins anew.
 */
export function extendTail(tail: readonly Candle[], sent: readonly Candle[]): readonly Candle[] {
  const first = sent[0]
  const last = tail.at(-1)
  if (!first) return tail
  if (!last || first.time > last.time) return sent.slice(-CHART_CANDLES)
  return [...tail.filter(({ time }) => time < first.time), ...sent].slice(-CHART_CANDLES)
}

/**
 * A fetched history with what the stream sent, oldest first. Null when the history ends before the tail begins:
 * candles may be missing in between, and its own last one may have been fetched before it was complete.
 */
export function joinCandles(history: readonly Candle[], tail: readonly Candle[]): readonly Candle[] | null {
  const first = tail[0]
  if (!first) return history
  const last = history.at(-1)
  if ((!last || last.time < first.time) && tail.length < CHART_CANDLES) return null
  const byTime = new Map(history.map((candle) => [candle.time, candle]))
  for (const candle of tail) {
    // Of two forms of a candle the one with more trades is the newer one, whichever way it came.
    const known = byTime.get(candle.time)
    if (!known || known.trades <= candle.trades) byTime.set(candle.time, candle)
  }
  return [...byTime.values()].sort((a, b) => a.time - b.time).slice(-CHART_CANDLES)
}
