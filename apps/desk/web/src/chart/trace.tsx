import { memo, type ReactElement } from 'react'
import { TRACE_BOX, tracePaths, type TracePoint, type TraceScale } from './trace-path.ts'

const { width, height } = TRACE_BOX

/**
 * A curve without axes. It is SVG, drawn only when its points change: 24 of them once a second cost less than one
 * canvas chart.
 */
export const Trace = memo(function Trace({
  points,
  fromZero = false,
  left,
}: { points: readonly TracePoint[] } & TraceScale): ReactElement {
  const paths = tracePaths(points, { fromZero, left })
  return (
    <svg className="trace" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {paths && <path className="trace-area" d={paths.area} />}
      {paths && <path className="trace-line" d={paths.line} />}
    </svg>
  )
})
