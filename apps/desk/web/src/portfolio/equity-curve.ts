import type { EquityPoint } from '../api/trading-shapes.ts'

/** A point of the curve. The value stays a decimal string: only the drawing makes it a number. */
export interface CurvePoint {
  readonly atMs: number
  readonly value: string
}

/** The noted points, oldest first, and the value of this moment as the last one. */
export function equityCurve(
  points: readonly EquityPoint[],
  value: string | undefined,
  nowMs: number,
): readonly CurvePoint[] {
  const noted = points
    .map(({ at, value: then }) => ({ atMs: Date.parse(at), value: then }))
    .filter(({ atMs }) => Number.isFinite(atMs))
    .sort((left, right) => left.atMs - right.atMs)
  if (value === undefined) return noted
  // A clock that is ahead of ours must not fold the curve back.
  const last = noted.at(-1)
  return [...noted, { atMs: Math.max(nowMs, (last?.atMs ?? 0) + 1), value }]
}
