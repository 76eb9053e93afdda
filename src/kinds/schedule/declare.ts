import { type Duration, parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern } from '../../keyspace/pattern.ts'
import { checkSpec, wholeNumber } from '../../keyspace/spec.ts'
import { cronTicks, type Ticks, everyTicks } from './ticks.ts'

/**
 * What becomes of ticks that no scheduler was there for. `skip`: they are gone. `once`: the latest of them is made up
 * for. `all`: each of them is, the oldest first, as far back as `mostMissed`.
 */
export type Missed = 'skip' | 'once' | 'all'

/** The declaration of what happens at certain times: by `cron`, or by `every`. */
export interface ScheduleSpec {
  /** The name of the schedule, without parameters, as in `schedule:snapshot`. */
  readonly key: string
  /** What happens then; for reference pages and panels. */
  readonly about: string
  /** `minute hour day month weekday`, or six fields with seconds in front. */
  readonly cron?: string
  /** At whole multiples of this since 1970-01-01 UTC. */
  readonly every?: Duration
  /** Of `cron`: an IANA name, as in `America/New_York`. Default UTC. */
  readonly timeZone?: string
  /** Default `skip`. */
  readonly missed?: Missed
  /** For `all`: the latest so many. Default 100. */
  readonly mostMissed?: number
  /** For `skip`: the latest tick is not missed yet for this long. Default 10 s. */
  readonly tolerance?: Duration
  /** The longest that a run may take. Default 60 s. */
  readonly limit?: Duration
  readonly expect?: Expectation
}

/** A declared schedule. `open` makes a `Schedule` of it. */
export interface ScheduleKeyspace extends Keyspace {
  readonly kind: 'schedule'
  readonly ticks: Ticks
  readonly missed: Missed
  readonly mostMissed: number
  readonly toleranceMs: number
  readonly limitMs: number
}

const FIELDS: Readonly<Record<keyof ScheduleSpec, true>> = {
  key: true,
  about: true,
  cron: true,
  every: true,
  timeZone: true,
  missed: true,
  mostMissed: true,
  tolerance: true,
  limit: true,
  expect: true,
}

/**
 * Declares a schedule: each of its ticks is fired by one of all the processes that run it.
 *
 * @throws DeclarationError naming the field that is wrong: also for a cron that never comes.
 */
export function schedule(spec: ScheduleSpec): ScheduleKeyspace {
  checkSpec('schedule', spec, FIELDS)
  const field = (name: string): string => `schedule('${spec.key}').${name}`
  const { cron, every, timeZone, missed = 'skip' } = spec
  const pattern = compilePattern(spec.key)
  if (pattern.parameters.length > 0)
    throw new DeclarationError(field('key'), 'has parameters; a schedule is one, name it plainly')
  if ((cron === undefined) === (every === undefined))
    throw new DeclarationError(field('cron'), 'give one of cron and every')
  if (missed !== 'skip' && missed !== 'once' && missed !== 'all')
    throw new DeclarationError(field('missed'), `'${String(missed)}' is none of skip, once and all`)
  if (timeZone !== undefined && cron === undefined)
    throw new DeclarationError(field('timeZone'), 'is for cron; every counts from 1970-01-01 UTC')
  const ticks =
    cron !== undefined
      ? cronTicks(field, cron, timeZone ?? 'UTC')
      : everyTicks(parseDuration(every ?? '', field('every'), 100))
  return Object.freeze({
    kind: 'schedule',
    pattern,
    about: spec.about,
    expect: spec.expect ?? {},
    details: { cron: cron ?? null, every: every ?? null, timeZone: timeZone ?? 'UTC', missed },
    ticks,
    missed,
    mostMissed: wholeNumber(field('mostMissed'), spec.mostMissed ?? 100, 10_000),
    toleranceMs: parseDuration(spec.tolerance ?? '10s', field('tolerance')),
    limitMs: parseDuration(spec.limit ?? '60s', field('limit'), 10),
  })
}
