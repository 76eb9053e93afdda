import type { Clock, Timer } from '../core/clock.ts'

/** How a piece of work may end. */
export interface Ending<Reply, Result> {
  /** What is made of its reply. */
  done(reply: Reply): Result
  /** What its failure comes to: a result after all, or another error, which is thrown. */
  failed(error: unknown): Result | Promise<Result>
  /** The error of one that took too long. */
  overdue(): Error
}

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
    return this.end(work, { done: (result) => result, failed: fail, overdue })
  }

  /** What `work` comes to, or a rejection with `overdue()` when it takes longer than the limit. */
  end<Reply, Result>(work: Promise<Reply>, ending: Ending<Reply, Result>): Promise<Result> {
    const batch = (this.#open ??= this.#openBatch())
    batch.unsettled++
    return new Promise((resolve, reject) => {
      batch.waiting.push(reject)
      batch.endings.push(ending)
      work.then(
        (reply) => {
          this.#settle(batch)
          try {
            resolve(ending.done(reply))
          } catch (failure) {
            reject(failure)
          }
        },
        (error: unknown) => {
          this.#settle(batch)
          try {
            resolve(ending.failed(error))
          } catch (failure) {
            reject(failure)
          }
        },
      )
    })
  }

  #openBatch(): Batch {
    const batch = new Batch(this.#answers)
    batch.timer = this.#clock.after(this.#limitMs, () => {
      // What came while this process was busy is read after its timers have run, and before an immediate does.
      setImmediate(() => {
        if (batch.unsettled > 0 && batch.answersBefore === this.#answers) this.#onSilence()
        // Those that have their answer ignore this.
        batch.endings.forEach((ending, index) => batch.waiting[index]?.(ending.overdue()))
        batch.clear()
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
    batch.clear()
  }
}

/** What is under way since one turn of the event loop. */
class Batch {
  unsettled = 0
  timer: Timer | undefined
  readonly answersBefore: number
  /** In the order of asking: who is to be told, and how. */
  readonly waiting: ((error: Error) => void)[] = []
  readonly endings: Pick<Ending<never, unknown>, 'overdue'>[] = []

  constructor(answersBefore: number) {
    this.answersBefore = answersBefore
  }

  clear(): void {
    this.waiting.length = 0
    this.endings.length = 0
  }
}

function fail(error: unknown): never {
  throw error
}
