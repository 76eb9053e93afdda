import { type Duration, parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import { type LimitAlgorithm, type LimitRule, MOST_UNITS } from './port.ts'

/** So many in so long, as in `10/60s`. */
export type Rate = `${number}/${Duration}`

/** Each take is an entry of its own: what one key may cost in memory. */
const MOST_LOGGED = 10_000

/** @throws DeclarationError naming `field` */
export function parseRate(algorithm: LimitAlgorithm, rate: string, field: string): LimitRule {
  const [, count, period] = /^(\d{1,9})\/(.+)$/.exec(rate) ?? []
  const limit = Number(count)
  if (period === undefined || !(limit >= 1))
    throw new DeclarationError(field, `'${rate}' is no rate: write a count and a duration, such as '10/60s'`)
  const most = algorithm === 'gcra' ? MOST_UNITS : MOST_LOGGED
  if (limit > most)
    throw new DeclarationError(field, `${limit} is more than ${most}, the most that ${algorithm} counts`)
  return Object.freeze({ algorithm, limit, periodMs: parseDuration(period, field, 1) })
}
