/**
 * The worker of backends that keep jobs in a table: it takes as many as it may have, renews the leases of what it
 * has, and looks again after a while, or at once when it is woken.
 */
import { type Clock, every, type Timer } from '../../core/clock.ts'
import { LeaseLostError } from '../../core/errors.ts'
import type { JobTable, TakenJob } from './job-table.ts'
import { createLoss, type Losable } from './loss.ts'
import type { BackendWorker, Perform, QueueRules } from './port.ts'

/** How often a worker with nothing to do looks for jobs: what is the least time that others' jobs wait. */
const LOOK_EVERY_MS = 200
/** The most jobs that one statement takes. */
const MOST_TAKEN = 100

interface Held {
  readonly job: TakenJob
  readonly lost: Losable
  readonly ended: Promise<void>
}

/** Starts a worker over `table`. */
export function startPuller(
  clock: Clock,
  table: JobTable,
  rules: QueueRules,
  token: string,
  perform: Perform,
  onError: (error: unknown) => void,
): BackendWorker & { wake(): void } {
  const held = new Map<string, Held>()
  let isOpen = true
  let pulling: Promise<void> | undefined
  let isWoken = false
  let look: Timer | undefined

  const settle = async (job: TakenJob, work: Promise<unknown>): Promise<void> => {
    try {
      await work
    } catch (error) {
      onError(error)
    } finally {
      if (held.get(job.id)?.job === job) held.delete(job.id)
      pull()
    }
  }
  const begin = (job: TakenJob): void => {
    const lost = createLoss()
    const attempt = {
      id: job.id,
      payload: job.payload,
      number: job.attempt,
      lost,
      report: (progress: string) => table.report(job.id, token, job.attempt, progress),
    }
    const work = perform(attempt).then(async (outcome) => {
      if (!lost.isLost) await table.finish(job, token, outcome)
    })
    // Its own lease ended unnoticed, and it was given the job again: the attempt before must not go on beside this one.
    held.get(job.id)?.lost.lose(new LeaseLostError(job.id, rules.leaseMs))
    held.set(job.id, { job, lost, ended: settle(job, work) })
  }
  const pullOnce = async (): Promise<void> => {
    const free = Math.min(rules.concurrency - held.size, MOST_TAKEN)
    if (!isOpen || free <= 0) return
    const taken = await table.take(free, token)
    for (const job of taken) begin(job)
    // There may be more behind a full hand.
    if (taken.length === free && held.size < rules.concurrency) isWoken = true
  }
  const pull = (): void => {
    if (!isOpen) return
    if (pulling) {
      isWoken = true
      return
    }
    look?.cancel()
    isWoken = false
    pulling = pullOnce()
      .catch(onError)
      .finally(() => {
        pulling = undefined
        if (!isOpen) return
        if (isWoken) pull()
        else look = clock.after(LOOK_EVERY_MS, pull)
      })
  }
  const renewing = every(clock, rules.leaseMs / 3, async () => {
    if (held.size === 0) return
    const ours = [...held.values()]
    try {
      const kept = new Set(
        await table.extend(
          ours.map(({ job }) => job),
          token,
        ),
      )
      for (const { job, lost } of ours)
        if (!kept.has(job.id) && held.get(job.id)?.job === job)
          lost.lose(new LeaseLostError(job.id, rules.leaseMs))
    } catch (error) {
      onError(error)
    }
  })
  pull()
  const stop = (): void => {
    isOpen = false
    look?.cancel()
  }
  return {
    wake: pull,
    async drain() {
      stop()
      await pulling
      while (held.size > 0) await Promise.all([...held.values()].map(({ ended }) => ended))
      renewing.cancel()
    },
    async abandon() {
      stop()
      renewing.cancel()
      for (const { lost, job } of held.values()) lost.lose(new LeaseLostError(job.id, rules.leaseMs))
    },
  }
}
