/** The box that a trace is drawn in; the SVG stretches it. */
export const TRACE_BOX = { width: 120, height: 32 } as const

/** Keeps the stroke inside the box at the extremes. */
const INSET = 2

/** A point to draw; both axes are scaled to fit. */
export interface TracePoint {
  readonly x: number
  readonly y: number
}

/** The SVG path through the points, oldest at the left edge and newest at the right; empty for fewer than two. */
export function tracePath(points: readonly TracePoint[], fromZero: boolean): string {
  if (points.length < 2) return ''
  const ys = points.map(({ y }) => y)
  const low = fromZero ? 0 : Math.min(...ys)
  const height = Math.max(...ys) - low
  const first = points[0]?.x ?? 0
  const width = (points.at(-1)?.x ?? 0) - first
  return points
    .map(({ x, y }, index) => {
      const left = width > 0 ? ((x - first) / width) * TRACE_BOX.width : 0
      const share = height > 0 ? (y - low) / height : fromZero ? 0 : 0.5
      const top = TRACE_BOX.height - INSET - share * (TRACE_BOX.height - 2 * INSET)
      return `${index === 0 ? 'M' : 'L'}${left.toFixed(1)} ${top.toFixed(1)}`
    })
    .join('')
}
