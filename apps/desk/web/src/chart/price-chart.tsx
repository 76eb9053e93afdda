import { useState, type KeyboardEvent, type ReactElement } from 'react'
import type { Candle } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { Plot } from './plot.tsx'
import type { ChartType } from './view.ts'
import { visibleCandles, zoomed } from './zoom.ts'

/** Until the first measurement. */
const TYPICAL_WIDTH_PX = 800

/** What a price chart shows. `candles` must not be empty. */
export interface PriceChartProps {
  readonly candles: readonly Candle[]
  /** Length of a candle. */
  readonly intervalMs: number
  readonly type: ChartType
  readonly testId: string
  /** 0 shows as many candles as fit comfortably; see `zoomed`. */
  readonly zoom?: number
  readonly onZoom?: (zoom: number) => void
  /** Makes candles readable one by one, with the pointer and with the keyboard. */
  readonly inspection?: {
    readonly label: string
    readonly index: number | null
    readonly text: string
    readonly onChange: (index: number | null) => void
  }
}

/** Candles or a line over volume. */
export function PriceChart({ candles, intervalMs, type, testId, ...props }: PriceChartProps): ReactElement {
  const theme = useCell(useDesk().theme.theme)
  const [widthPx, setWidthPx] = useState(TYPICAL_WIDTH_PX)
  const { zoom = 0, onZoom, inspection } = props
  const count = visibleCandles(widthPx, zoom, candles.length)

  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key === '+' || key === '=') onZoom?.(zoomed(zoom, 1))
    if (key === '-') onZoom?.(zoomed(zoom, -1))
  }

  return (
    <div className="chart-frame">
      <Plot
        // The colours of a theme are read once: another theme is another plot.
        key={`${theme} ${type}`}
        {...{ candles, intervalMs, type, count, testId }}
        inspected={inspection?.index ?? null}
        onInspect={inspection?.onChange}
        onResize={setWidthPx}
      />
      {inspection && (
        // The canvas says nothing to a screen reader and takes no keys; this slider does both for it.
        <input
          type="range"
          className="chart-cursor visually-hidden"
          aria-label={inspection.label}
          aria-valuetext={inspection.text}
          min={candles.length - count}
          max={candles.length - 1}
          value={inspection.index ?? candles.length - 1}
          onChange={(event) => inspection.onChange(event.target.valueAsNumber)}
          onKeyDown={onKeyDown}
          onBlur={() => inspection.onChange(null)}
        />
      )}
    </div>
  )
}
