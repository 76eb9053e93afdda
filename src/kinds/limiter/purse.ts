import { Answer } from './answer.ts'
import type { Limit, LimitRule } from './port.ts'

/** The store says times in whole milliseconds, rounded up. */
const ROUNDING_MS = 1

/** What one process has of one limit. */
export class Purse {
  #rule: LimitRule | undefined
  #units = 0
  /** When the store has the last of them back, on the monotonic clock; the one before it an interval earlier. */
  #backMs = 0
  /** What the store had left when they were borrowed. */
  #left = 0
  #denial: { readonly cost: number; readonly answer: Limit; readonly sentMs: number } | undefined
  #borrowing: Promise<Limit> | undefined
  /** How many to borrow next. */
  size: number = Number.POSITIVE_INFINITY

  get isBusy(): boolean {
    return this.#borrowing !== undefined
  }

  isOf({ limit, periodMs }: LimitRule): boolean {
    return this.#rule?.limit === limit && this.#rule.periodMs === periodMs
  }

  /** What was borrowed under another rate is not given out under this one. */
  follow(rule: LimitRule): void {
    if (this.isOf(rule)) return
    this.#rule = rule
    this.#units = 0
    this.#denial = undefined
    this.size = Number.POSITIVE_INFINITY
  }

  /** Nothing in it is of use any more. */
  isOver(nowMs: number): boolean {
    return (
      !this.isBusy && this.held(nowMs) === 0 && this.denial(Number.POSITIVE_INFINITY, nowMs) === undefined
    )
  }

  /** How many units may be given out. Those that come back first are given out first. */
  held(nowMs: number): number {
    if (this.#rule === undefined || nowMs >= this.#backMs) return 0
    const { limit, periodMs } = this.#rule
    return Math.min(this.#units, Math.ceil(((this.#backMs - nowMs) / periodMs) * limit))
  }

  /** Gives out `cost` units; undefined when there are not so many. */
  spend(cost: number, nowMs: number): Limit | undefined {
    const rule = this.#rule
    const held = this.held(nowMs)
    if (rule === undefined || held < cost) return undefined
    this.#units = held - cost
    const resetMs = Math.ceil(this.#backMs + ROUNDING_MS - nowMs)
    const nextMs = Math.min(resetMs, Math.ceil(rule.periodMs / rule.limit))
    return new Answer(rule, true, this.#left + this.#units, 0, nextMs, resetMs)
  }

  /** Puts in what was taken from the store by a request of `sentMs`. */
  put(units: number, { remaining, resetMs }: Limit, sentMs: number): void {
    this.#units = units
    this.#backMs = sentMs + resetMs - ROUNDING_MS
    this.#left = remaining
    this.#denial = undefined
  }

  deny(cost: number, answer: Limit, sentMs: number): void {
    this.#denial = { cost, answer, sentMs }
  }

  /** What the store would say, as long as it said so lately and nothing can have come back since. */
  denial(cost: number, nowMs: number): Limit | undefined {
    const { cost: least = Number.POSITIVE_INFINITY, answer, sentMs = 0 } = this.#denial ?? {}
    if (this.#rule === undefined || answer === undefined || cost < least) return undefined
    const after = (ms: number): number => Math.max(0, Math.ceil(sentMs + ms - nowMs))
    const retryAfterMs = after(answer.retryAfterMs)
    if (retryAfterMs === 0) return undefined
    const { remaining, nextMs, resetMs } = answer
    return new Answer(this.#rule, false, remaining, retryAfterMs, after(nextMs), after(resetMs))
  }

  /** `borrowing`, for which those wait who come meanwhile. */
  whileBorrowing(borrowing: Promise<Limit>): Promise<Limit> {
    this.#borrowing = borrowing
    const end = (): void => {
      this.#borrowing = undefined
    }
    borrowing.then(end, end)
    return borrowing
  }

  /** Resolves when what is being borrowed is there, or is not; rejects with the store. */
  async borrowed(): Promise<void> {
    await this.#borrowing
  }
}
