import uPlot from 'uplot'
import { COLUMN } from './columns.ts'
import type { Palette } from './palette.ts'
import type { ChartType } from './view.ts'

/** Share of the distance between two candles that a body fills. */
const BODY_SHARE = 0.66
const WIDEST_BODY = 18

/** What is drawn, and how. */
export interface CandleDrawing {
  readonly palette: Palette
  readonly type: ChartType
}

/** Draws volume bars, and candles when they are the chosen type: rising hollow, falling solid. */
export function candlesPlugin(drawing: CandleDrawing): uPlot.Plugin {
  return {
    hooks: {
      drawAxes: (chart) => clipped(chart, () => drawVolume(chart, drawing)),
      draw: (chart) => {
        if (drawing.type === 'candles') clipped(chart, () => drawCandles(chart, drawing))
      },
    },
  }
}

function clipped({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  draw()
  ctx.restore()
}

/**
 * Body width in canvas pixels: odd, so that the wick sits in its middle. It comes from the closest neighbours, not
 * from the interval: in a quiet market no two candles touch, and bodies of one interval would be specks.
 */
function bodyWidth(chart: uPlot): number {
  let closestS = Number.POSITIVE_INFINITY
  for (const index of visible(chart)) {
    if (index > 0)
      closestS = Math.min(closestS, at(chart, COLUMN.time, index) - at(chart, COLUMN.time, index - 1))
  }
  const closest = chart.valToPos(closestS, 'x', true) - chart.valToPos(0, 'x', true)
  const width = Math.min(closest * BODY_SHARE, WIDEST_BODY * uPlot.pxRatio)
  return Math.max(1, 2 * Math.floor((width - 1) / 2) + 1)
}

function visible(chart: uPlot): Iterable<number> {
  const [from, to] = chart.series[0]?.idxs ?? [0, -1]
  return (function* () {
    for (let index = from; index <= to; index += 1) yield index
  })()
}

const at = (chart: uPlot, column: number, index: number): number => chart.data[column]?.[index] ?? 0

function drawVolume(chart: uPlot, drawing: CandleDrawing): void {
  const { ctx, bbox } = chart
  const width = bodyWidth(chart)
  const bottom = bbox.top + bbox.height
  ctx.fillStyle = drawing.palette.volume
  for (const index of visible(chart)) {
    const x = Math.round(chart.valToPos(at(chart, COLUMN.time, index), 'x', true))
    const top = chart.valToPos(at(chart, COLUMN.volume, index), 'volume', true)
    ctx.fillRect(x - (width - 1) / 2, top, width, bottom - top)
  }
}

function drawCandles(chart: uPlot, drawing: CandleDrawing): void {
  const { ctx } = chart
  const { up, down, background } = drawing.palette
  const width = bodyWidth(chart)
  const line = Math.max(1, Math.round(uPlot.pxRatio))
  const price = (column: number, index: number): number =>
    Math.round(chart.valToPos(at(chart, column, index), 'price', true))
  for (const index of visible(chart)) {
    const x = Math.round(chart.valToPos(at(chart, COLUMN.time, index), 'x', true))
    const open = price(COLUMN.open, index)
    const close = price(COLUMN.close, index)
    const high = price(COLUMN.high, index)
    const rising = close <= open
    const top = Math.min(open, close)
    const height = Math.max(line, Math.abs(open - close))
    ctx.fillStyle = rising ? up : down
    ctx.fillRect(x - (line - 1) / 2, high, line, Math.max(line, price(COLUMN.low, index) - high))
    ctx.fillRect(x - (width - 1) / 2, top, width, height)
    if (rising && width > 2 * line && height > 2 * line) {
      ctx.fillStyle = background
      ctx.fillRect(x - (width - 1) / 2 + line, top + line, width - 2 * line, height - 2 * line)
    }
  }
}
