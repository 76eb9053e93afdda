import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react'
import uPlot from 'uplot'
import type { Candle } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { formatDecimal } from '../format/decimal.ts'
import { COLUMN, toColumns } from './columns.ts'
import { chartOptions } from './options.ts'
import { readPalette, type Palette } from './palette.ts'
import { comfortableSpan, visibleRange } from './zoom.ts'

/** What a price chart shows. */
export interface PriceChartProps {
  readonly candles: readonly Candle[]
  /** Length of a candle. */
  readonly intervalMs: number
  readonly style: 'candles' | 'line'
  /** Visible candles; as many as fit when null. */
  readonly span: number | null
  /** What a screen reader says the chart is. */
  readonly label: string
  readonly testId: string
  /** Told the index of the candle under the crosshair. */
  readonly onInspect?: (index: number | null) => void
  /** Told how many candles fit. */
  readonly onFit?: (span: number) => void
}

/** Candles or a line over volume. With the focus on it, the arrow keys walk from candle to candle. */
export function PriceChart(props: PriceChartProps): ReactElement {
  const theme = useCell(useDesk().theme.theme)
  const frame = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const palette = useRef<Palette | null>(null)
  const [fit, setFit] = useState(comfortableSpan(600))
  const span = props.span ?? fit
  // uPlot draws when it wants to: it reads what was last rendered, not what was there when it was made.
  const shown = useRef({ ...props, span })
  useLayoutEffect(() => {
    shown.current = { ...props, span }
  })

  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const made = new uPlot(createOptions(element, shown, palette), toColumns(shown.current.candles), element)
    chart.current = made
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element
      if (width === 0 || height === 0) return
      setFit(comfortableSpan(width))
      shown.current.onFit?.(comfortableSpan(width))
      made.setSize({ width, height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      chart.current = null
    }
  }, [])

  useEffect(() => chart.current?.setData(toColumns(props.candles)), [props.candles, span])

  useEffect(() => {
    palette.current = null
    chart.current?.redraw(true, true)
  }, [theme, props.style])

  const walk = (event: KeyboardEvent): void => {
    if (chart.current && moveCursor(chart.current, event.key)) event.preventDefault()
  }

  return (
    <div
      ref={frame}
      className="chart"
      data-testid={props.testId}
      role="application"
      aria-roledescription="price chart"
      aria-label={props.label}
      tabIndex={0}
      onKeyDown={walk}
      onBlur={() => chart.current?.setCursor({ left: -1, top: -1 })}
    />
  )
}

type Shown = React.RefObject<PriceChartProps & { readonly span: number }>

function createOptions(
  element: HTMLElement,
  shown: Shown,
  palette: React.RefObject<Palette | null>,
): uPlot.Options {
  const stepS = (): number => shown.current.intervalMs / 1000
  return chartOptions(
    {
      palette: () => (palette.current ??= readPalette(element)),
      style: () => shown.current.style,
      stepS,
      range: () => visibleRange(shown.current.candles, shown.current.span, stepS()),
      last: () => {
        const close = shown.current.candles.at(-1)?.close
        return close === undefined ? null : { price: Number(close), text: formatDecimal(close) }
      },
      onInspect: (index) => shown.current.onInspect?.(index),
    },
    { width: element.clientWidth || 600, height: element.clientHeight || 300 },
  )
}

/** Moves the crosshair from candle to candle; false for a key that does not. */
function moveCursor(chart: uPlot, key: string): boolean {
  const [oldest, newest] = chart.series[0]?.idxs ?? [0, 0]
  const current = chart.cursor.left !== undefined && chart.cursor.left >= 0 ? chart.cursor.idx : null
  const target = nextIndex(key, current ?? newest + 1, oldest, newest)
  if (target === null) return false
  const second = chart.data[COLUMN.time][target] ?? 0
  const close = chart.data[COLUMN.close]?.[target] ?? 0
  chart.setCursor({ left: chart.valToPos(second, 'x'), top: chart.valToPos(close, 'price') })
  return true
}

function nextIndex(key: string, current: number, oldest: number, newest: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(oldest, current - 1)
    case 'ArrowRight':
      return Math.min(newest, current + 1)
    case 'Home':
      return oldest
    case 'End':
      return newest
    default:
      return null
  }
}
