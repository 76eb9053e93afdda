import type { Candle } from '../api/shapes.ts'

const FEWEST = 20
const STEP = 1.4
/** Candles are comfortable to read at about this distance. */
const CANDLE_PX = 9

/** How many candles fit a chart of this width at first. */
export function comfortableSpan(widthPx: number): number {
  return Math.max(FEWEST, Math.floor(widthPx / CANDLE_PX))
}

/** The number of visible candles after one step in (1) or out (−1), within what there is. */
export function zoomed(span: number, direction: 1 | -1, available: number): number {
  const next = Math.round(direction > 0 ? span / STEP : span * STEP)
  return Math.max(FEWEST, Math.min(next, Math.max(FEWEST, available)))
}

/** The time range, in seconds, that shows the last `span` steps with air to the right of the newest candle. */
export function visibleRange(
  candles: readonly Candle[],
  span: number,
  stepS: number,
): readonly [number, number] {
  const newestS = (candles.at(-1)?.time ?? 0) / 1000
  // By count, not by time: a quiet market leaves gaps, and the chart should still be full.
  const oldestS = (candles.at(-span)?.time ?? candles[0]?.time ?? 0) / 1000
  const earliestS = Math.min(oldestS, newestS - FEWEST * stepS)
  return [earliestS - stepS / 2, newestS + stepS * 2]
}
