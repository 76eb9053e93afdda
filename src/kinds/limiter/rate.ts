import { type Duration, parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'

/** So many in so long, as in `10/60s`. */
export type Rate = `${number}/${Duration}`

/** A rate, taken apart. */
export interface ParsedRate {
  readonly limit: number
  readonly periodMs: number
}

/** Stores count time in microseconds. */
const MOST_PER_MS = 1_000

/** @throws DeclarationError naming `field` */
export function parseRate(rate: string, field: string): ParsedRate {
  const [, count, period] = /^(\d{1,9})\/(.+)$/.exec(rate) ?? []
  const limit = Number(count)
  if (period === undefined || !(limit >= 1))
    throw new DeclarationError(field, `'${rate}' is no rate: write a count and a duration, such as '10/60s'`)
  const periodMs = parseDuration(period, field, 1)
  if (limit > periodMs * MOST_PER_MS)
    throw new DeclarationError(field, `'${rate}' is more than ${MOST_PER_MS} in a millisecond`)
  return { limit, periodMs }
}
