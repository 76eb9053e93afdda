import { memo, type ReactElement } from 'react'

const WIDTH = 120
const HEIGHT = 32
/** Keeps the stroke inside the box at the extremes. */
const INSET = 2

/** A point to draw; both axes are scaled to fit. */
export interface TracePoint {
  readonly x: number
  readonly y: number
}

/**
 * A curve without axes. One SVG path, redrawn only when its points change: 24 of them once a second cost less than
 * one canvas chart. `fromZero` keeps the baseline honest for counts.
 */
export const Trace = memo(function Trace({
  points,
  fromZero = false,
}: {
  points: readonly TracePoint[]
  fromZero?: boolean
}): ReactElement {
  const line = points.length < 2 ? '' : tracePath(points, fromZero)
  return (
    <svg className="trace" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {line && <path className="trace-area" d={`${line}V${HEIGHT}H0Z`} />}
      {line && <path className="trace-line" d={line} />}
    </svg>
  )
})

/** The SVG path through the points, oldest at the left edge and newest at the right. */
export function tracePath(points: readonly TracePoint[], fromZero: boolean): string {
  const ys = points.map(({ y }) => y)
  const low = fromZero ? 0 : Math.min(...ys)
  const height = Math.max(...ys) - low
  const first = points[0]?.x ?? 0
  const width = (points.at(-1)?.x ?? 0) - first
  return points
    .map(({ x, y }, index) => {
      const left = width > 0 ? ((x - first) / width) * WIDTH : 0
      const share = height > 0 ? (y - low) / height : fromZero ? 0 : 0.5
      const top = HEIGHT - INSET - share * (HEIGHT - 2 * INSET)
      return `${index === 0 ? 'M' : 'L'}${left.toFixed(1)} ${top.toFixed(1)}`
    })
    .join('')
}
