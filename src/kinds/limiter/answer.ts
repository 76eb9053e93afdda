import type { Limit, LimitRule } from './port.ts'

/** A class, and not a literal: V8 would come to take what so many calls make for long-lived. */
export class Answer implements Limit {
  readonly allowed: boolean
  readonly remaining: number
  readonly retryAfterMs: number
  readonly nextMs: number
  readonly resetMs: number
  readonly limit: number
  readonly periodMs: number

  /** Times in whole milliseconds. */
  constructor(
    rule: LimitRule,
    allowed: boolean,
    remaining: number,
    retryAfterMs: number,
    nextMs: number,
    resetMs: number,
  ) {
    this.allowed = allowed
    this.remaining = remaining
    this.retryAfterMs = retryAfterMs
    this.nextMs = nextMs
    this.resetMs = resetMs
    this.limit = rule.limit
    this.periodMs = rule.periodMs
  }
}
