import uPlot from 'uplot'
import { priceLabels, timeLabels } from './axis-labels.ts'
import { candlesPlugin } from './candles-plugin.ts'
import type { Palette } from './palette.ts'
import { tagsPlugin } from './tags-plugin.ts'
import type { ChartType } from './view.ts'

/** Volume takes the lowest fifth of the plot. */
const VOLUME_SHARE = 5
/** A whole number: uPlot scales no other for dense screens. */
const FONT_PX = 11
/** Closer than this, the tag of the last price would cover half of a label. */
const LABEL_CLEARANCE_PX = 15
const NARROWEST_PRICE_AXIS_PX = 56
const CHARACTER_PX = 6.6

/** What the chart is made from. What can change while it lives is asked for at each draw. */
export interface ChartSource {
  readonly palette: Palette
  readonly type: ChartType
  /** The last price: where it is drawn, and exactly how it is written. */
  readonly last: () => { readonly price: number; readonly text: string } | null
  /** The candle under the crosshair, or null. */
  readonly onInspect: (index: number | null) => void
}

/** uPlot's options for a price chart: time below, price on the right, volume without an axis. */
export function chartOptions(source: ChartSource, size: { width: number; height: number }): uPlot.Options {
  const { palette } = source
  const font = `${FONT_PX}px ${palette.font}`
  const grid = { stroke: palette.grid, width: 1 }
  const line = uPlot.paths.linear?.() ?? nothing
  const column = { scale: 'price', paths: nothing, points: { show: false } }
  return {
    ...size,
    padding: [12, 0, 0, 8],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: true },
      price: { range: (_, low, high) => padded(low, high) },
      volume: { range: (_, __, high) => [0, Math.max(high ?? 0, Number.MIN_VALUE) * VOLUME_SHARE] },
    },
    axes: [
      {
        stroke: palette.text,
        grid,
        ticks: { show: false },
        font,
        size: 26,
        space: 76,
        values: (_, splits, __, ___, increment) => timeLabels(splits, increment),
      },
      {
        side: 1,
        scale: 'price',
        stroke: palette.text,
        grid,
        ticks: { show: false },
        font,
        gap: 6,
        size: (_, labels) => priceAxisWidth(labels, source.last()?.text),
        values: (chart, splits, _, __, increment) =>
          priceLabels(splits, increment).map((label, index) =>
            coveredByTag(chart, splits[index], source.last()?.price) ? '' : label,
          ),
      },
    ],
    series: [
      {},
      column,
      column,
      column,
      {
        scale: 'price',
        stroke: palette.line,
        fill: palette.area,
        width: 1.5,
        paths: source.type === 'line' ? line : nothing,
        points: { show: false },
      },
      { scale: 'volume', paths: nothing, points: { show: false } },
    ],
    hooks: { setCursor: [(chart) => source.onInspect(chart.cursor.idx ?? null)] },
    plugins: [candlesPlugin(source), tagsPlugin(source)],
  }
}

/** For columns that a plugin draws. */
const nothing = (): null => null

function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const range = high - low || Math.abs(high) * 0.001 || 1
  // More below than above: the volume bars stand there.
  return [low - range * 0.18, high + range * 0.06]
}

/** Wide enough for the longest label, so that no digit is cut off. Grows in steps, so that it rarely moves. */
function priceAxisWidth(labels: readonly string[] | null, last: string | undefined): number {
  const longest = Math.max(last?.length ?? 0, ...(labels ?? []).map((label) => label.length))
  return Math.max(NARROWEST_PRICE_AXIS_PX, Math.ceil((longest * CHARACTER_PX + 14) / 8) * 8)
}

function coveredByTag(chart: uPlot, split: number | undefined, last: number | undefined): boolean {
  if (split === undefined || last === undefined) return false
  return Math.abs(chart.valToPos(split, 'price') - chart.valToPos(last, 'price')) < LABEL_CLEARANCE_PX
}
