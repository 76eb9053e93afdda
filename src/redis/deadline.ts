import type { Clock } from '../core/clock.ts'

/**
 * A deadline for every command at the price of one timer per batch.
 *
 * Commands of the same turn of the event loop leave in one write, so they may share a deadline: a batch opens with
 * the first of them, and closes before the next turn. Only a batch that is overdue looks at its commands.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #limitMs: number
  #open: Batch | undefined

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock
    this.#limitMs = limitMs
  }

  /** `work`'s result, or a rejection with `overdue()` when it takes longer than the limit. */
  race<Result>(work: Promise<Result>, overdue: () => Error): Promise<Result> {
    const batch = (this.#open ??= this.#openBatch())
    batch.unsettled++
    return new Promise((resolve, reject) => {
      batch.waiting.push(() => reject(overdue()))
      work.then(
        (result) => {
          settle(batch)
          resolve(result)
        },
        (error: unknown) => {
          settle(batch)
          reject(error)
        },
      )
    })
  }

  #openBatch(): Batch {
    const batch: Batch = { unsettled: 0, waiting: [], timer: undefined }
    batch.timer = this.#clock.after(this.#limitMs, () => {
      // What came while this process was busy is read after its timers have run, and before an immediate does.
      setImmediate(() => {
        // Those that have their answer ignore this.
        for (const giveUp of batch.waiting) giveUp()
        batch.waiting.length = 0
      })
    })
    setImmediate(() => {
      if (this.#open === batch) this.#open = undefined
    })
    return batch
  }
}

interface Batch {
  unsettled: number
  readonly waiting: (() => void)[]
  timer: { cancel(): void } | undefined
}

function settle(batch: Batch): void {
  if (--batch.unsettled === 0) {
    batch.timer?.cancel()
    batch.waiting.length = 0
  }
}
