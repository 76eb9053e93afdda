import { useEffect, useLayoutEffect, useRef, type ReactElement } from 'react'
import uPlot from 'uplot'
import type { Candle } from '../api/shapes.ts'
import { formatDecimal, fractionDigits } from '../format/decimal.ts'
import { COLUMN, toColumns } from './columns.ts'
import { chartOptions } from './options.ts'
import { readPalette } from './palette.ts'
import type { ChartType } from './view.ts'
import { visibleRange } from './zoom.ts'

interface PlotProps {
  readonly candles: readonly Candle[]
  readonly intervalMs: number
  readonly type: ChartType
  /** Visible candles, counted from the newest. */
  readonly count: number
  readonly testId: string
  /** The candle under the crosshair, when something else than the pointer chose it. */
  readonly inspected: number | null
  readonly onInspect: ((index: number | null) => void) | undefined
  readonly onResize: (widthPx: number) => void
}

/** The canvas of a price chart, and nothing else: uPlot in React's life cycle. Theme and type are fixed for its life. */
export function Plot(props: PlotProps): ReactElement {
  const { candles, intervalMs, count, inspected } = props
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  // uPlot draws when it wants to: it reads what was last rendered, not what was there when it was made.
  const shown = useRef(props)
  useLayoutEffect(() => {
    shown.current = props
  })

  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const made = createPlot(element, shown)
    plot.current = made
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element
      if (width === 0 || height === 0) return
      made.setSize({ width, height })
      shown.current.onResize(width)
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [])

  useLayoutEffect(() => {
    const drawn = plot.current
    drawn?.batch(() => {
      drawn.setData(toColumns(candles), false)
      drawn.setScale('x', visibleRange(candles, count, intervalMs))
      // The price labels make room for the tag of the last price: they move with it.
      drawn.redraw(false, true)
    })
  }, [candles, count, intervalMs])

  useEffect(() => {
    if (plot.current) placeCrosshair(plot.current, inspected)
  }, [inspected])

  return <div ref={frame} className="chart" data-testid={props.testId} aria-hidden="true" />
}

function createPlot(element: HTMLElement, shown: React.RefObject<PlotProps>): uPlot {
  const palette = readPalette(element)
  const options = chartOptions(
    {
      palette,
      type: shown.current.type,
      last: () => lastClose(shown.current.candles),
      onInspect: (index) => shown.current.onInspect?.(index),
    },
    { width: element.clientWidth || 600, height: element.clientHeight || 300 },
  )
  return new uPlot(options, toColumns(shown.current.candles), element)
}

function lastClose(candles: readonly Candle[]): { price: number; text: string } | null {
  const close = candles.at(-1)?.close
  if (close === undefined) return null
  // As many decimals as its neighbours have, so that the tag does not shrink at 184.00.
  const places = Math.max(...candles.slice(-10).map((candle) => fractionDigits(candle.close)))
  return { price: Number(close), text: formatDecimal(close, places) }
}

/** Follows a candle chosen with the keyboard. Where the pointer put the crosshair already, it stays. */
function placeCrosshair(plot: uPlot, index: number | null): void {
  if ((plot.cursor.idx ?? null) === index) return
  const second = index === null ? undefined : plot.data[COLUMN.time][index]
  const close = index === null ? undefined : plot.data[COLUMN.close]?.[index]
  const at =
    second === undefined || close === undefined || close === null
      ? { left: -1, top: -1 }
      : { left: plot.valToPos(second, 'x'), top: plot.valToPos(close, 'price') }
  plot.setCursor(at)
}
