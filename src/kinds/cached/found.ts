import type { Immutable } from '../../core/immutable.ts'
import type { Tier } from '../../core/signals.ts'

/** A value on its way to the caller. Times are of this process's monotonic clock. */
export interface Found<Value> {
  readonly value: Immutable<Value> | null
  /** When the load or `set` that it comes from began. */
  readonly bornMs: number
  readonly freshUntilMs: number
  /** How long its load took. */
  readonly costMs: number
}

/** A value, and who answered. */
export interface Answer<Value> {
  readonly found: Found<Value>
  readonly tier: Tier
}

/** A class for the reason that `ParsedEntry` is one. */
export class FoundValue<Value> implements Found<Value> {
  readonly value: Immutable<Value> | null
  readonly bornMs: number
  readonly freshUntilMs: number
  readonly costMs: number

  constructor(value: Immutable<Value> | null, bornMs: number, freshUntilMs: number, costMs: number) {
    this.value = value
    this.bornMs = bornMs
    this.freshUntilMs = freshUntilMs
    this.costMs = costMs
  }
}

/** As `FoundValue`. */
export class AnswerBy<Value> implements Answer<Value> {
  readonly found: Found<Value>
  readonly tier: Tier

  constructor(found: Found<Value>, tier: Tier) {
    this.found = found
    this.tier = tier
  }
}
