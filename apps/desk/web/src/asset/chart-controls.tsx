import type { ReactElement } from 'react'
import { INTERVALS } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { chartView } from '../chart/view.ts'
import { zoomed } from '../chart/zoom.ts'
import { MinusIcon, PlusIcon } from '../icons.tsx'
import { INTERVAL_NAMES } from '../market/candles.ts'

const TYPES = ['candles', 'line'] as const

/** Interval, type and zoom. The first two are radio buttons: the arrow keys switch them. */
export function ChartControls({
  zoom,
  onZoom,
}: {
  zoom: number
  onZoom: (zoom: number) => void
}): ReactElement {
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
        <legend className="visually-hidden">Chart type</legend>
        {TYPES.map((type) => (
          <label key={type}>
            <input
              type="radio"
              name="type"
              checked={view.type === type}
              onChange={() => chartView.set({ ...view, type })}
            />
            <span>{type}</span>
          </label>
        ))}
      </fieldset>
      <div className="zoom">
        <button
          type="button"
          className="icon-button"
          aria-label="Show more candles"
          onClick={() => onZoom(zoomed(zoom, -1))}
        >
          <MinusIcon />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Show fewer candles"
          onClick={() => onZoom(zoomed(zoom, 1))}
        >
          <PlusIcon />
        </button>
      </div>
    </div>
  )
}
