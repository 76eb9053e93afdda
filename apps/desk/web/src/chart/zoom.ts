import type { Candle } from '../api/shapes.ts'

const FEWEST_CANDLES = 20
/** Candles are comfortable to read at about this distance. */
const CANDLE_PX = 9
const FACTOR = 1.4
const FURTHEST = 5

/** One step in (1) or out (−1). Level 0 shows as many candles as fit comfortably. */
export function zoomed(level: number, direction: 1 | -1): number {
  return Math.max(-FURTHEST, Math.min(FURTHEST, level + direction))
}

/** How many candles a chart of this width shows at a zoom level, of those that there are. */
export function visibleCandles(widthPx: number, level: number, available: number): number {
  const comfortable = widthPx / CANDLE_PX
  return Math.min(available, Math.max(FEWEST_CANDLES, Math.round(comfortable / FACTOR ** level)))
}

/** The time range, in seconds, that shows the last `count` candles with air to the right of the newest. */
export function visibleRange(
  candles: readonly Candle[],
  count: number,
  intervalMs: number,
): { readonly min: number; readonly max: number } {
  const stepS = intervalMs / 1000
  const newestS = (candles.at(-1)?.time ?? 0) / 1000
  // By count, not by time: a quiet market leaves gaps, and the chart should still be full.
  const oldestS = (candles.at(-count)?.time ?? candles[0]?.time ?? 0) / 1000
  return { min: Math.min(oldestS, newestS - FEWEST_CANDLES * stepS) - stepS / 2, max: newestS + stepS * 2 }
}
