import { memo, type ReactElement } from 'react'
import { TRACE_BOX, tracePath, type TracePoint } from './trace-path.ts'

const { width, height } = TRACE_BOX

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
  const line = tracePath(points, fromZero)
  return (
    <svg className="trace" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {line && <path className="trace-area" d={`${line}V${height}H0Z`} />}
      {line && <path className="trace-line" d={line} />}
    </svg>
  )
})
