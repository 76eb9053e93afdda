import type { AlignedData } from 'uplot'
import type { Candle } from '../api/shapes.ts'

/** Positions of the columns in the chart's data. */
export const COLUMN = { time: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 } as const

/** Candles as uPlot's columns: seconds and numbers, for drawing only. */
export function toColumns(candles: readonly Candle[]): AlignedData {
  return [
    candles.map(({ time }) => time / 1000),
    candles.map(({ open }) => Number(open)),
    candles.map(({ high }) => Number(high)),
    candles.map(({ low }) => Number(low)),
    candles.map(({ close }) => Number(close)),
    candles.map(({ volume }) => Number(volume)),
  ]
}
