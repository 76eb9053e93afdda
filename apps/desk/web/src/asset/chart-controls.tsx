import type { ReactElement } from 'react'
import { INTERVALS } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { chartView } from '../chart/view.ts'
import { MinusIcon, PlusIcon } from '../icons.tsx'
import { INTERVAL_NAMES } from '../market/candles.ts'

const STYLES = ['candles', 'line'] as const

/** Interval, style and zoom. The first two are radio buttons: the arrow keys switch them. */
export function ChartControls({ onZoom }: { onZoom: (direction: 1 | -1) => void }): ReactElement {
  const view = useCell(chartView)
  return (
    <div className="chart-controls">
      <fieldset className="segments">
        <legend className="visually-hidden">Interval</legend>
        {INTERVALS.map((interval) => (
          <label key={interval}>
            <input
              type="radio"
              name="interval"
              aria-label={INTERVAL_NAMES[interval]}
              checked={view.interval === interval}
              onChange={() => chartView.set({ ...view, interval })}
            />
            <span>{interval}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="segments">
        <legend className="visually-hidden">Style</legend>
        {STYLES.map((style) => (
          <label key={style}>
            <input
              type="radio"
              name="style"
              checked={view.style === style}
              onChange={() => chartView.set({ ...view, style })}
            />
            <span>{style}</span>
          </label>
        ))}
      </fieldset>
      <div className="zoom">
        <button
          type="button"
          className="icon-button"
          aria-label="Show more candles"
          onClick={() => onZoom(-1)}
        >
          <MinusIcon />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Show fewer candles"
          onClick={() => onZoom(1)}
        >
          <PlusIcon />
        </button>
      </div>
    </div>
  )
}
