import { transactionOf } from '../../fence/entry.ts'
import type { FenceStore } from '../../fence/port.ts'
import { transactionStatuses } from '../../fence/transaction-status.ts'
import type { Truth } from '../../truth.ts'

/** Keys that are looked after at a time; more wait for their next reader. */
const MOST_AT_ONCE = 64

/**
 * Takes down the fences of transactions that have ended: a writer that died leaves its fences behind, and the next
 * reader of each key asks PostgreSQL how the writer ended.
 */
export class Healer<Session> {
  readonly #fences: FenceStore
  readonly #truth: Truth<Session>
  readonly #underWay = new Set<string>()

  constructor(fences: FenceStore, truth: Truth<Session>) {
    this.#fences = fences
    this.#truth = truth
  }

  /** How many of the fences `tokens` on `key` were taken down. Rejects when PostgreSQL or the store cannot be asked. */
  async heal(key: string, tokens: readonly string[]): Promise<number> {
    if (this.#underWay.has(key) || this.#underWay.size >= MOST_AT_ONCE) return 0
    const known = tokens.flatMap((token) => {
      const transaction = transactionOf(token)
      return transaction === undefined ? [] : [{ token, transaction }]
    })
    if (known.length === 0) return 0
    this.#underWay.add(key)
    try {
      const statuses = await transactionStatuses(
        this.#truth,
        known.map(({ transaction }) => transaction),
      )
      const ended = known.filter((_, index) => statuses[index] !== 'in progress')
      const settled = await Promise.all(ended.map(({ token }) => this.#fences.settle(key, token)))
      return settled.filter((outcome) => outcome !== 'gone').length
    } finally {
      this.#underWay.delete(key)
    }
  }
}
