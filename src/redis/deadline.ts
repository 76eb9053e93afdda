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
  readonly #onSilence: () => void
  #open: Batch | undefined
  /** Answers so far, of all batches. */
  #answers = 0

  /** `onSilence`: nothing at all was answered for a whole limit, while something was asked. */
  constructor(clock: Clock, limitMs: number, onSilence: () => void = () => undefined) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#onSilence = onSilence
  }

  /** `work`'s result, or a rejection with `overdue()` when it takes longer than the limit. */
  race<Result>(work: Promise<Result>, overdue: () => Error): Promise<Result> {
    const batch = (this.#open ??= this.#openBatch())
    batch.unsettled++
    return new Promise((resolve, reject) => {
      batch.waiting.push(() => reject(overdue()))
      work.then(
        (result) => {
          this.#settle(batch)
          resolve(result)
        },
        (error: unknown) => {
          this.#settle(batch)
          reject(error)
        },
      )
    })
  }

  #openBatch(): Batch {
    const batch: Batch = { unsettled: 0, answersBefore: this.#answers, waiting: [], timer: undefined }
    batch.timer = this.#clock.after(this.#limitMs, () => {
      // What came while this process was busy is read after its timers have run, and before an immediate does.
      setImmediate(() => {
        if (batch.unsettled > 0 && batch.answersBefore === this.#answers) this.#onSilence()
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

  #settle(batch: Batch): void {
    this.#answers++
    if (--batch.unsettled > 0) return
    batch.timer?.cancel()
    batch.waiting.length = 0
  }
}

interface Batch {
  unsettled: number
  readonly answersBefore: number
  readonly waiting: (() => void)[]
  timer: { cancel(): void } | undefined
}
