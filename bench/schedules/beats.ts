import { queue, schedule } from 'holdfast'
import { z } from 'zod'

/** What a process is to do: fire ticks, until it is killed. */
export interface NodeOrder {
  readonly databaseUrl: string
  readonly redis: { readonly url: string; readonly namespace: string }
}

/** The time between two ticks. */
export const TICK_MS = 1_000
/** How late a tick of `skip` may be fired. */
export const TOLERANCE_MS = 400

const every = `${TICK_MS}ms` as const

/** Its runs are fired at most once; what nobody was there for is gone. */
export const skip = schedule({
  key: 'beat:skip',
  about: 'Missed ticks are gone.',
  every,
  missed: 'skip',
  tolerance: `${TOLERANCE_MS}ms`,
})

/** Likewise, but the latest tick that nobody was there for is made up for. */
export const once = schedule({
  key: 'beat:once',
  about: 'The latest missed tick counts.',
  every,
  missed: 'once',
})

/** Each tick is a job, whatever dies. */
export const all = schedule({ key: 'beat:all', about: 'Each missed tick counts.', every, missed: 'all' })

/** The jobs of `all`. */
export const jobs = queue({
  key: 'beats',
  about: 'One job for each tick.',
  job: z.object({ tick: z.number() }),
  result: z.null(),
  attempts: 1_000,
  backoff: { first: '100ms', most: '1s' },
  concurrency: 5,
  lease: '2s',
})

/** What was fired, by which schedule: no constraint hides one that was fired twice. */
export const SCHEMA =
  'CREATE TABLE fired (beat text NOT NULL, tick bigint NOT NULL, process integer NOT NULL)'
