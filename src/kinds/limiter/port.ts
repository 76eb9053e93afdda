/** What a limiter said. */
export interface LimitState {
  readonly allowed: boolean
  /** What may still be taken at once. */
  readonly remaining: number
  /** How long until what was asked for would be allowed; 0 when it was. */
  readonly retryAfterMs: number
  /** How long until everything may be taken again. */
  readonly resetMs: number
}

/**
 * Where limits are counted. The rule is GCRA (the generic cell rate algorithm, ITU-T I.371, as a virtual schedule):
 * each unit moves the key's theoretical arrival time on by `periodMs / limit`; what would move it further than
 * `periodMs` ahead of now is denied, and moves nothing. One that is further ahead already, because the rate was
 * lowered or the store's clock set back, is moved to `periodMs` ahead of now.
 */
export interface LimiterStore {
  /** Takes `cost` units of `limit` per `periodMs`, if they are there. May reject as any store call does. */
  take(key: string, limit: number, periodMs: number, cost: number): Promise<LimitState>
}
