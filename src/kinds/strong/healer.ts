import { type Clock, sleep } from '../../core/clock.ts'
import { transactionOf } from '../../fence/entry.ts'
import type { Fences } from '../../fence/port.ts'
import { isOfAnotherHistory, transactionStatuses } from '../../fence/transaction-status.ts'
import type { Gate } from '../../gate/port.ts'
import type { Truth } from '../../truth.ts'

/** Keys that are looked after at a time; more wait for their next reader. */
const MOST_AT_ONCE = 64

/**
 * A writer that lives takes its fence down within a round trip of its COMMIT, and may put a value in its place. Readers
 * of a busy key see the COMMIT sooner; they would only make the key cold.
 */
const PATIENCE_MS = 30

/**
 * Takes down the fences of transactions that have ended: a writer that died leaves its fences behind, and the next
 * reader of each key asks PostgreSQL how the writer ended.
 */
export class Healer<Session> {
  readonly #gate: Gate
  readonly #truth: Truth<Session>
  readonly #clock: Clock
  readonly #underWay = new Set<string>()

  constructor(gate: Gate, truth: Truth<Session>, clock: Clock) {
    this.#gate = gate
    this.#truth = truth
    this.#clock = clock
  }

  /** A moment later: how many of the fences `tokens` on `key` were taken down. Rejects when PostgreSQL or the store cannot be asked. */
  async heal(fences: Fences, key: string, tokens: readonly string[]): Promise<number> {
    if (this.#underWay.has(key) || this.#underWay.size >= MOST_AT_ONCE) return 0
    const known = tokens.flatMap((token) => {
      const transaction = transactionOf(token)
      return transaction === undefined ? [] : [{ token, transaction }]
    })
    if (known.length === 0) return 0
    this.#underWay.add(key)
    try {
      await sleep(this.#clock, PATIENCE_MS)
      const statuses = await transactionStatuses(
        this.#truth,
        known.map(({ transaction }) => transaction),
      ).catch((error: unknown) => {
        if (isOfAnotherHistory(error))
          this.#gate.accuse(
            fences,
            'a fence is of a transaction that PostgreSQL has not reached: it was restored',
          )
        throw error
      })
      const ended = known.filter((_, index) => statuses[index] !== 'in progress')
      const settled = await Promise.all(ended.map(({ token }) => fences.settle([key], token)))
      return settled.flat().filter((outcome) => outcome !== 'gone').length
    } finally {
      this.#underWay.delete(key)
    }
  }
}
