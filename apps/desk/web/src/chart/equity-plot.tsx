import { useLayoutEffect, useRef, type ReactElement } from 'react'
import uPlot from 'uplot'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { priceLabels, timeLabels } from './axis-labels.ts'
import { readPalette, type Palette } from './palette.ts'

const FONT_PX = 11
const CHARACTER_PX = 6.6

/** A value over time, as it is drawn. */
export interface PlotPoint {
  readonly atMs: number
  /** A decimal string. */
  readonly value: string
}

/** A curve with its axes. Another theme is another plot, because colours are read once. */
export function EquityPlot({ points }: { points: readonly PlotPoint[] }): ReactElement {
  const theme = useCell(useDesk().theme.theme)
  return <Drawn key={theme} points={points} />
}

function Drawn({ points }: { points: readonly PlotPoint[] }): ReactElement {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)

  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const size = () => ({ width: element.clientWidth || 300, height: element.clientHeight || 160 })
    const made = new uPlot(options(readPalette(element), size()), [[], []], element)
    plot.current = made
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientHeight > 0) made.setSize(size())
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [])

  useLayoutEffect(() => {
    plot.current?.setData([points.map(({ atMs }) => atMs / 1000), points.map(({ value }) => Number(value))])
  }, [points])

  return (
    <div className="chart-frame">
      <div ref={frame} className="chart" data-testid="equity-chart" aria-hidden="true" />
    </div>
  )
}

function options(palette: Palette, size: { width: number; height: number }): uPlot.Options {
  const font = `${FONT_PX}px ${palette.font}`
  const axis = {
    stroke: palette.text,
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
    font,
  }
  return {
    ...size,
    padding: [10, 0, 0, 18],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_, low, high) => padded(low, high) } },
    axes: [
      { ...axis, size: 26, space: 70, values: (_, splits, __, ___, step) => timeLabels(splits, step) },
      {
        ...axis,
        side: 1,
        gap: 6,
        space: 34,
        size: (_, labels) => widthOf(labels ?? []),
        values: (_, splits, __, ___, step) => priceLabels(splits, step),
      },
    ],
    series: [{}, { stroke: palette.line, fill: palette.area, width: 1.5, points: { show: false } }],
  }
}

/** A flat curve lies in the middle rather than on an axis. */
function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const room = (high - low) * 0.12 || Math.abs(high) * 0.001 || 1
  return [low - room, high + room]
}

function widthOf(labels: readonly string[]): number {
  return Math.ceil((Math.max(5, ...labels.map(({ length }) => length)) * CHARACTER_PX + 14) / 8) * 8
}
