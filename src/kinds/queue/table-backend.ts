import { type Clock, every } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { JobTable } from './job-table.ts'
import type { QueueBackend, QueueRules } from './port.ts'
import { startPuller } from './puller.ts'

const SWEEP_EVERY_MS = 60_000

/** A backend over rows of jobs. Workers of this process hear of its own jobs at once, of others' a moment later. */
export function tableBackend(
  name: string,
  table: JobTable,
  rules: QueueRules,
  clock: Clock,
  random: Random,
): QueueBackend {
  const workers = new Set<{ wake(): void }>()
  const sweeping = every(clock, SWEEP_EVERY_MS, () => table.sweep())
  const wake = (): void => workers.forEach((worker) => worker.wake())
  return {
    name,
    start: () => table.start(),
    async add(jobs) {
      await table.insert(jobs)
      wake()
    },
    work(perform, onError) {
      const worker = startPuller(clock, table, rules, random.token(), perform, onError)
      workers.add(worker)
      const leave = (): void => void workers.delete(worker)
      return {
        async drain() {
          leave()
          await worker.drain()
        },
        async abandon() {
          leave()
          await worker.abandon()
        },
      }
    },
    find: (id) => table.find(id),
    counts: () => table.counts(),
    dead: (most) => table.dead(most),
    async redrive(id) {
      const isBack = await table.redrive(id)
      if (isBack) wake()
      return isBack
    },
    remove: (id) => table.remove(id),
    close: async () => sweeping.cancel(),
  }
}
