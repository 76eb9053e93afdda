/** How a limit is counted, and how much it allows. */
export interface LimitRule {
  readonly algorithm: LimitAlgorithm
  /** Units per period: a whole number from 1 to `MOST_UNITS`. */
  readonly limit: number
  readonly periodMs: number
}

/**
 * `gcra`: as many as `limit` at once if need be, then one each `period / limit`; one number is kept for each key.
 * `sliding-log`: at no time more than `limit` within the last period; each take of that time is kept.
 */
export type LimitAlgorithm = 'gcra' | 'sliding-log'

/** More are not counted exactly in the numbers that a Lua script has. */
export const MOST_UNITS = 30_000_000

/** What a limiter answers. */
export interface Limit {
  readonly allowed: boolean
  /** What may still be taken at once. */
  readonly remaining: number
  /** How long until what was asked for would be allowed; 0 when it was. */
  readonly retryAfterMs: number
  /** How long until there is one more than what remains; 0 when all is there. */
  readonly nextMs: number
  /** How long until everything may be taken again. */
  readonly resetMs: number
  /** Units per period. */
  readonly limit: number
  readonly periodMs: number
}

/** What is to be taken of one limit. */
export interface LimitAsk {
  readonly key: string
  readonly rule: LimitRule
  /** A whole number from 1 to the limit. */
  readonly cost: number
}

/**
 * Where limits are counted, by the clock of the store, in whole microseconds and without rounding.
 *
 * GCRA (the generic cell rate algorithm, ITU-T I.371, as a virtual schedule): each unit moves the key's theoretical
 * arrival time on by `period / limit`, exactly; what would move it further than a period ahead of now is denied, and
 * moves nothing. One that is further ahead already, because the rate was lowered or the store's clock set back, is moved
 * to a period ahead of now.
 *
 * Sliding log: what was taken at `t` counts while `now < t + period`. What lies ahead of now, because the store's clock
 * was set back, counts as taken now.
 *
 * What was counted by another algorithm under the same key is forgotten. Every method may reject as any store call does.
 */
export interface LimiterStore {
  /** Takes `cost` units, if they are there. */
  take(ask: LimitAsk): Promise<Limit>
  /**
   * Takes what is asked for, all of it or nothing, in one step. `allowed` says of each whether it alone was there. No
   * two keys are the same; on several servers all must lie in one slot.
   *
   * @throws DeclarationError when they do not
   */
  takeAll(asks: readonly LimitAsk[]): Promise<Limit[]>
}
