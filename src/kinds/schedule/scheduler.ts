/**
 * Fires the ticks of a schedule. Any number of processes do this for one schedule, and none of them leads: at each
 * tick all look, by the store's clock, and a compare-and-set of the last tick decides who fires it.
 *
 *   last ──move to tick──▶ won: fire     (a death in between loses the tick: at most once)
 *   last ──fire, idempotent──▶ move      (a death in between fires it again: once in effect)
 *
 * So nothing is to be taken over when a process dies: the others are there at the next tick. Limit: a store that lost
 * its data begins with the present; what was missed before is forgotten.
 */
import { type Clock, sleep } from '../../core/clock.ts'
import { inTime } from '../../core/in-time.ts'
import type { ScheduleKeyspace } from './declare.ts'
import type { ScheduleRow, ScheduleStore } from './port.ts'

/** Fires ticks in this process. */
export interface Scheduler {
  /** Takes no more ticks; aborts the signal of a run that is under way, and waits a moment for it. */
  stop(): Promise<void>
}

/** What became of ticks. */
export interface Tick {
  readonly event: 'fired' | 'failed' | 'missed'
  /** Milliseconds since 1970; of the latest when several were missed. */
  readonly tickMs: number
  readonly error?: unknown
}

/** What a scheduler works with. */
export interface SchedulerParts {
  readonly key: string
  readonly keyspace: ScheduleKeyspace
  readonly store: ScheduleStore
  readonly clock: Clock
  readonly order: 'claim-first' | 'fire-first'
  fire(tickMs: number, signal: AbortSignal): Promise<unknown>
  failed(operation: string, error: unknown): void
  ticked(tick: Tick): void
}

/** Looked at this often though no tick is due: the clocks may drift apart, and be set. */
const LOOK_AT_LEAST_MS = 10_000
const AFTER_FAILURE_MS = 500
const STOP_WAIT_MS = 1_000
const OVER = Symbol('over')

/** Starts it. */
export function startScheduler(parts: SchedulerParts): Scheduler {
  const { key, keyspace, store, clock, order } = parts
  const { ticks, missed, mostMissed, toleranceMs, limitMs } = keyspace
  const stopping = new AbortController()

  /** Which ticks are to be fired, the oldest first; when there are none, where to move without firing. */
  const dueAt = ({ lastMs, nowMs }: ScheduleRow): { fire: readonly number[]; giveUp?: number } => {
    const due = ticks.between(lastMs, nowMs, missed === 'all' ? mostMissed : 1)
    const latest = due.at(-1)
    if (latest === undefined) return { fire: [] }
    if (missed === 'skip' && nowMs - latest > toleranceMs) return { fire: [], giveUp: latest }
    return { fire: due }
  }

  const fire = async (tickMs: number): Promise<void> => {
    const over = new AbortController()
    const signal = AbortSignal.any([stopping.signal, over.signal])
    try {
      const firing = (async () => parts.fire(tickMs, signal))()
      firing.catch(() => undefined)
      if (
        (await inTime(
          clock,
          limitMs,
          firing.then(() => OVER),
        )) !== OVER
      ) {
        over.abort(new Error(`the run took longer than its limit of ${limitMs} ms`))
        throw over.signal.reason
      }
      parts.ticked({ event: 'fired', tickMs })
    } catch (error) {
      parts.ticked({ event: 'failed', tickMs, error })
      // What was not claimed yet is tried again.
      if (order === 'fire-first') throw error
    }
  }

  /** How long nothing is to do. */
  const turn = async (): Promise<number> => {
    const row = await store.look(key)
    if (row.isPaused) return Math.min(LOOK_AT_LEAST_MS, Math.max(1, ticks.after(row.nowMs) - row.nowMs))
    const due = dueAt(row)
    let { lastMs } = row
    if (due.giveUp !== undefined) {
      if (await store.move(key, lastMs, due.giveUp)) parts.ticked({ event: 'missed', tickMs: due.giveUp })
      return 0
    }
    for (const tickMs of due.fire) {
      if (stopping.signal.aborted) return 0
      if (order === 'fire-first') await fire(tickMs)
      // Somebody else was faster: look again.
      if (!(await store.move(key, lastMs, tickMs))) return 0
      if (order === 'claim-first') await fire(tickMs)
      lastMs = tickMs
    }
    if (due.fire.length > 0) return 0
    return Math.min(LOOK_AT_LEAST_MS, Math.max(1, ticks.after(row.nowMs) - row.nowMs))
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let waitMs = AFTER_FAILURE_MS
      try {
        waitMs = await turn()
      } catch (error) {
        parts.failed('tick', error)
      }
      if (waitMs > 0) await sleep(clock, waitMs, stopping.signal).catch(() => undefined)
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort(new Error('the scheduler was stopped'))
      await inTime(clock, STOP_WAIT_MS, running)
    },
  }
}
