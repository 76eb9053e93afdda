/**
 * Borrowing: a hot key is counted in batches. The process takes many units from the store at once, and gives them out
 * itself until they are used up or over.
 *
 * The guarantee: all processes together never allow what the rule of the store would not have allowed at that time. The
 * mechanism: in the virtual schedule of GCRA each unit has a moment at which the store has it back. A borrowed unit is
 * given out before that moment or not at all, so what processes hold and what the store has left is never more than the
 * limit. Moments are counted from when the request was sent, on the monotonic clock, less a millisecond for roundings.
 *
 * Its limit: units that one process holds another one cannot have, so a caller may be denied while some are left
 * elsewhere, for as long as they are held. And what a Redis forgets is held all the same.
 */
import type { Clock } from '../../core/clock.ts'
import { Answer } from './answer.ts'
import type { Limit, LimitAsk, LimiterStore } from './port.ts'
import { Purse } from './purse.ts'

/** Keys that are borrowed for at a time; beyond it they are counted in the store, one by one. */
const MOST_PURSES = 10_000

/** Takes from `store` in batches of a share of the limit. */
export class Borrower {
  readonly #store: LimiterStore
  readonly #clock: Clock
  readonly #share: number
  readonly #purses = new Map<string, Purse>()

  constructor(store: LimiterStore, clock: Clock, share: number) {
    this.#store = store
    this.#clock = clock
    this.#share = share
  }

  /** As `LimiterStore.take`, of which it is one for many calls. */
  async take(ask: LimitAsk): Promise<Limit> {
    const { key, rule, cost } = ask
    const batch = Math.floor(rule.limit * this.#share)
    if (cost > batch) return this.#store.take(ask)
    for (;;) {
      const nowMs = this.#clock.now()
      const purse = this.#purseOf(key, nowMs)
      if (purse?.isBusy === false) purse.follow(rule)
      if (!purse?.isOf(rule)) return this.#store.take(ask)
      const answer = purse.spend(cost, nowMs) ?? purse.denial(cost, nowMs)
      if (answer) return answer
      // Some are held, but too few: they stay for those who want less.
      if (purse.held(nowMs) > 0) return this.#store.take(ask)
      if (!purse.isBusy) return purse.whileBorrowing(this.#borrow(purse, ask, batch))
      await purse.borrowed()
    }
  }

  async #borrow(purse: Purse, ask: LimitAsk, batch: number): Promise<Limit> {
    const { cost, rule } = ask
    let units = Math.max(cost, Math.min(purse.size, batch))
    for (;;) {
      const sentMs = this.#clock.now()
      const answer = await this.#store.take({ ...ask, cost: units })
      if (answer.allowed) {
        purse.put(units - cost, answer, sentMs)
        purse.size = Math.min(units * 2, batch)
        const { remaining, nextMs, resetMs } = answer
        return new Answer(rule, true, remaining + units - cost, 0, nextMs, resetMs)
      }
      if (units === cost) {
        purse.deny(cost, answer, sentMs)
        return answer
      }
      // Little is left: as much of it as there is, and more again when there is more.
      units = Math.max(cost, Math.min(answer.remaining, units >> 1))
      purse.size = units
    }
  }

  /** Undefined when there are too many. */
  #purseOf(key: string, nowMs: number): Purse | undefined {
    const known = this.#purses.get(key)
    if (known) return known
    if (this.#purses.size >= MOST_PURSES)
      for (const [other, purse] of this.#purses) if (purse.isOver(nowMs)) this.#purses.delete(other)
    if (this.#purses.size >= MOST_PURSES) return undefined
    const purse = new Purse()
    this.#purses.set(key, purse)
    return purse
  }
}
