import { type Duration, parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { Output, Schema } from '../../core/standard-schema.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern } from '../../keyspace/pattern.ts'
import { checkSchema, checkSpec, wholeNumber } from '../../keyspace/spec.ts'
import type { QueueRules } from './port.ts'

/** How long a job that failed waits for its next attempt. */
export interface BackoffSpec {
  /** Before the second attempt; twice as long before each one after it. */
  readonly first: Duration
  /** Never longer than this. Default 10 minutes. */
  readonly most?: Duration
  /** The part of the wait that is random, 0 to 1, so that what failed together does not come back together. Default 0.5. */
  readonly jitter?: number
}

/** The declaration of a queue of jobs. */
export interface QueueSpec<Job extends Schema, Result extends Schema> {
  /** The name of the queue, without parameters, as in `notify`. */
  readonly key: string
  /** What is done, and who asks for it; for reference pages and panels. */
  readonly about: string
  /** What a job says: any synchronous Standard Schema. Checked when it is added, and again where it is done. */
  readonly job: Job
  /** What a job comes to. It must accept what it lets through. */
  readonly result: Result
  /** Starts of one job before it is dead: those that fail, and those that end with their process. Default 3. */
  readonly attempts?: number
  /** Default: 1 s, then twice as long each time, at most 10 minutes, half of it random. */
  readonly backoff?: BackoffSpec
  /** After this long the signal of an attempt aborts. Left out: only the hard limit counts. */
  readonly softLimit?: Duration
  /** After this long an attempt has failed, whatever it still does. Default 60 s. */
  readonly hardLimit?: Duration
  /** Jobs that one worker does, and takes, at once. Default 1. */
  readonly concurrency?: number
  /** So many starts in so long, over all workers. */
  readonly rate?: { readonly max: number; readonly per: Duration }
  /** How long a job stays with a worker that says nothing; then another one takes it. Default 10 s. */
  readonly lease?: Duration
  /** How long a done job can be asked for, and its id stays known, unless `mostKept` others are done since. Default 1 hour. */
  readonly keepDone?: Duration
  /** How long a dead job can be looked at and re-driven. Default 30 days. */
  readonly keepDead?: Duration
  /** Done and dead jobs that are kept at most, each; the oldest goes. Default 10,000. */
  readonly mostKept?: number
  /** The largest encoded job, or result. Default 64 KiB. */
  readonly maxValueBytes?: number
  readonly expect?: Expectation
}

/** A declared queue. `open` makes a `Queue` of it. */
export interface QueueKeyspace<Job, Result> extends Keyspace {
  readonly kind: 'queue'
  readonly job: Schema<unknown, Job>
  readonly result: Schema<unknown, Result>
  readonly rules: QueueRules
  readonly backoff: Backoff
  readonly softLimitMs: number | undefined
  readonly hardLimitMs: number
  readonly maxValueBytes: number
}

/** A `BackoffSpec` in milliseconds. */
export interface Backoff {
  readonly firstMs: number
  readonly mostMs: number
  readonly jitter: number
}

const FIELDS: Readonly<Record<keyof QueueSpec<Schema, Schema>, true>> = {
  key: true,
  about: true,
  job: true,
  result: true,
  attempts: true,
  backoff: true,
  softLimit: true,
  hardLimit: true,
  concurrency: true,
  rate: true,
  lease: true,
  keepDone: true,
  keepDead: true,
  mostKept: true,
  maxValueBytes: true,
  expect: true,
}

/**
 * Declares a queue: jobs that are done at least once, by any process that takes them, and acknowledged only when
 * they are done.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function queue<Job extends Schema, Result extends Schema>(
  spec: QueueSpec<Job, Result>,
): QueueKeyspace<Output<Job>, Output<Result>> {
  checkSpec('queue', spec, FIELDS)
  const field = (name: string): string => `queue('${spec.key}').${name}`
  const pattern = compilePattern(spec.key)
  if (pattern.parameters.length > 0)
    throw new DeclarationError(field('key'), 'has parameters; a queue is one, name it plainly')
  checkSchema(field('job'), spec.job)
  checkSchema(field('result'), spec.result)
  const attempts = wholeNumber(field('attempts'), spec.attempts ?? 3, 1_000)
  const hardLimitMs = parseDuration(spec.hardLimit ?? '60s', field('hardLimit'), 10)
  const softLimitMs =
    spec.softLimit === undefined ? undefined : parseDuration(spec.softLimit, field('softLimit'), 10)
  if (softLimitMs !== undefined && softLimitMs >= hardLimitMs)
    throw new DeclarationError(
      field('softLimit'),
      'is not below hardLimit; what is told to stop needs time to',
    )
  const concurrency = wholeNumber(field('concurrency'), spec.concurrency ?? 1, 10_000)
  const leaseMs = parseDuration(spec.lease ?? '10s', field('lease'), 300)
  const rate = spec.rate && {
    max: wholeNumber(field('rate.max'), spec.rate.max, 1_000_000),
    perMs: parseDuration(spec.rate.per, field('rate.per'), 10),
  }
  return Object.freeze({
    kind: 'queue',
    pattern,
    about: spec.about,
    expect: spec.expect ?? {},
    details: {
      attempts,
      softLimitMs: softLimitMs ?? null,
      hardLimitMs,
      concurrency,
      leaseMs,
      rate: rate ? `${rate.max} in ${rate.perMs} ms` : null,
    },
    job: spec.job,
    result: spec.result,
    rules: {
      attempts,
      concurrency,
      leaseMs,
      rate,
      keepDoneMs: parseDuration(spec.keepDone ?? '1h', field('keepDone'), 1_000),
      keepDeadMs: parseDuration(spec.keepDead ?? '30d', field('keepDead'), 1_000),
      mostKept: wholeNumber(field('mostKept'), spec.mostKept ?? 10_000, 1_000_000),
    },
    backoff: readBackoff(field, spec.backoff ?? { first: '1s' }),
    softLimitMs,
    hardLimitMs,
    maxValueBytes: wholeNumber(field('maxValueBytes'), spec.maxValueBytes ?? 2 ** 16, 2 ** 24),
  })
}

function readBackoff(field: (name: string) => string, spec: BackoffSpec): Backoff {
  const { first, most = '10m', jitter = 0.5 } = spec
  if (!(typeof jitter === 'number' && jitter >= 0 && jitter <= 1))
    throw new DeclarationError(field('backoff.jitter'), `${jitter} is no number from 0 to 1`)
  const firstMs = parseDuration(first, field('backoff.first'))
  const mostMs = parseDuration(most, field('backoff.most'))
  if (mostMs < firstMs) throw new DeclarationError(field('backoff.most'), 'is less than backoff.first')
  return { firstMs, mostMs, jitter }
}

/** How long a job waits that failed in its `attempt`th attempt. `random` is in [0, 1). */
export function backoffMs({ firstMs, mostMs, jitter }: Backoff, attempt: number, random: number): number {
  const wholeMs = Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 40))
  return Math.round(wholeMs * (1 - jitter * random))
}
