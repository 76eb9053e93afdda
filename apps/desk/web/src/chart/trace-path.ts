/** The box that a trace is drawn in; the SVG stretches it. */
export const TRACE_BOX = { width: 120, height: 32 } as const

/** Keeps the stroke inside the box at the extremes. */
const INSET = 2

/** A point to draw; both axes are scaled to fit. */
export interface TracePoint {
  readonly x: number
  readonly y: number
}

/** How a trace fills its box. */
export interface TraceScale {
  /** Starts the vertical axis at zero: the honest baseline for counts. */
  readonly fromZero?: boolean
  /** What the left edge stands for; the first point when left out. */
  readonly left?: number | undefined
}

/** SVG paths of the curve through the points, newest at the right edge, and of the area below; null without a curve. */
export function tracePaths(
  points: readonly TracePoint[],
  { fromZero = false, left }: TraceScale,
): { readonly line: string; readonly area: string } | null {
  const [first] = points
  const last = points.at(-1)
  if (!first || !last || first === last) return null
  const origin = left ?? first.x
  const width = last.x - origin
  const ys = points.map(({ y }) => y)
  const low = fromZero ? 0 : Math.min(...ys)
  const height = Math.max(...ys) - low
  const across = (x: number): string => (width > 0 ? ((x - origin) / width) * TRACE_BOX.width : 0).toFixed(1)
  const down = (y: number): string => {
    const share = height > 0 ? (y - low) / height : fromZero ? 0 : 0.5
    return (TRACE_BOX.height - INSET - share * (TRACE_BOX.height - 2 * INSET)).toFixed(1)
  }
  const line = `M${points.map(({ x, y }) => `${across(x)} ${down(y)}`).join('L')}`
  return { line, area: `${line}V${TRACE_BOX.height}H${across(first.x)}Z` }
}
