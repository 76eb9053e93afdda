import { ClosedError, DeclarationError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { wholeNumber } from '../../keyspace/spec.ts'
import type { ScheduleKeyspace } from './declare.ts'
import type { ScheduleStore } from './port.ts'
import { type Scheduler, startScheduler } from './scheduler.ts'

/** What a run is told. */
export interface RunContext {
  /** Aborts after the limit of the schedule, and when its state is closed. */
  readonly signal: AbortSignal
}

/** A queue, as far as a schedule adds to it. */
interface JobSink<Job> {
  add(job: Job, options: { readonly id: string }): Promise<unknown>
}

/** A schedule in use. Every method but `next` may reject with ClosedError and as any call to the store does. */
export interface Schedule {
  /**
   * Runs ticks in this process: each tick in one process of all that do. A process that dies between taking a tick
   * and its end takes the tick with it: for what must not be lost, `enqueue`.
   */
  start(run: (tick: Date, context: RunContext) => Promise<unknown>): Scheduler
  /**
   * Adds one job for each tick, whatever dies: the job is added before the tick counts as fired, and its id, made of
   * the schedule and the tick, is known to the queue for as long as that keeps what is done.
   */
  enqueue<Job>(queue: JobSink<Job>, job: (tick: Date) => Job): Scheduler
  /** No tick is fired, by nobody and also after a restart, until `resume`. */
  pause(): Promise<void>
  /** Goes on from the present: the ticks of the pause do not count as missed. */
  resume(): Promise<void>
  /** Whether it is paused, and the latest tick that was fired or given up. */
  view(): Promise<{ readonly isPaused: boolean; readonly last: Date }>
  /** The next ticks after `after`, by default the present. @throws DeclarationError for more than 1,000 */
  next(many: number, after?: Date): readonly Date[]
}

/** A schedule in use, and what its state does for it. */
export interface OpenedSchedule {
  readonly member: Schedule
  start(): Promise<void>
  close(): Promise<void>
}

/** Opens a declared schedule on the store that keeps its last tick. */
export function openSchedule(
  context: KeyspaceContext,
  keyspace: ScheduleKeyspace,
  store: ScheduleStore,
): OpenedSchedule {
  const { name, clock, state } = context
  const key = keyspace.pattern.literalPrefix
  const schedulers = new Set<Scheduler>()
  const assertOpen = (): void => {
    if (context.isClosed()) throw new ClosedError()
  }
  const begin = (
    order: 'claim-first' | 'fire-first',
    fire: (ms: number, signal: AbortSignal) => Promise<unknown>,
  ): Scheduler => {
    assertOpen()
    const scheduler = startScheduler({
      key,
      keyspace,
      store,
      clock,
      order,
      fire,
      failed(operation, error) {
        if (signals.storeFailure.hasSubscribers)
          signals.storeFailure.publish({ state, keyspace: name, operation, error })
      },
      ticked(tick) {
        if (signals.tick.hasSubscribers) signals.tick.publish({ state, keyspace: name, ...tick })
      },
    })
    schedulers.add(scheduler)
    return scheduler
  }
  return {
    member: {
      start: (run) => begin('claim-first', (ms, signal) => run(new Date(ms), { signal })),
      enqueue: (queue, job) =>
        begin('fire-first', (ms) => queue.add(job(new Date(ms)), { id: `${key}@${ms}` })),
      async pause() {
        assertOpen()
        await store.setPaused(key, true)
      },
      async resume() {
        assertOpen()
        await store.setPaused(key, false)
      },
      async view() {
        assertOpen()
        const { isPaused, lastMs } = await store.look(key)
        return { isPaused, last: new Date(lastMs) }
      },
      next(many, after) {
        wholeNumber(`${name}.next`, many, 1_000)
        const from = after ? after.getTime() : clock.wall()
        if (!Number.isFinite(from)) throw new DeclarationError(`${name}.next`, 'after is no date')
        const found: number[] = []
        while (found.length < many) found.push(keyspace.ticks.after(found.at(-1) ?? from))
        return found.map((ms) => new Date(ms))
      },
    },
    start: () => store.start(),
    async close() {
      await Promise.allSettled([...schedulers].map((scheduler) => scheduler.stop()))
    },
  }
}
