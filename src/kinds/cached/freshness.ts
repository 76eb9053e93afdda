import type { Random } from '../../core/random.ts'
import type { Found } from './found.ts'

/** What a keyspace says of values that are not fresh any more. */
export interface FreshnessRules {
  readonly ttlMs: number
  /** After its ttl a value is served for this long, while it is loaded again behind the reader. */
  readonly staleWhileRevalidateMs: number
  /** After its ttl a value is served for this long where its load fails. */
  readonly staleIfErrorMs: number
  /** Share of the ttl by which it is shortened at random: 0.1 for up to a tenth. */
  readonly jitter: number
  readonly earlyRefresh: boolean
}

/**
 * What may be done with a value.
 *
 * - `fresh`: serve it.
 * - `refresh`: serve it, and load it again behind the reader.
 * - `fallback`: serve it where its load fails, or takes too long.
 * - `useless`
 */
export type Verdict = 'fresh' | 'refresh' | 'fallback' | 'useless'

/** Decides for one keyspace. */
export class Freshness {
  readonly #rules: FreshnessRules
  readonly #random: Random

  constructor(rules: FreshnessRules, random: Random) {
    this.#rules = rules
    this.#random = random
  }

  /** What may be done with `found`; `maxAgeMs` is the caller's hard bound. */
  verdict(found: Found<unknown>, maxAgeMs: number, nowMs: number): Verdict {
    if (nowMs - found.bornMs > maxAgeMs) return 'useless'
    const { staleWhileRevalidateMs, staleIfErrorMs, earlyRefresh } = this.#rules
    const overMs = nowMs - found.freshUntilMs
    if (overMs < 0) return earlyRefresh && this.#isEarly(found.costMs, -overMs) ? 'refresh' : 'fresh'
    if (overMs < staleWhileRevalidateMs) return 'refresh'
    return overMs < staleIfErrorMs ? 'fallback' : 'useless'
  }

  /** A ttl for a new value. */
  ttlMs(declaredMs: number): number {
    const { jitter } = this.#rules
    return jitter === 0
      ? declaredMs
      : Math.max(1, Math.round(declaredMs * (1 - jitter * this.#random.float())))
  }

  /** How long a value may be of any use after its ttl. */
  get staleMs(): number {
    return Math.max(this.#rules.staleWhileRevalidateMs, this.#rules.staleIfErrorMs)
  }

  /**
   * Whether this reader is the one who loads a value again before it expires, so that nobody has to wait when it does:
   * the nearer the end and the longer the load takes, the more likely (XFetch: Vattani, Chierichetti, Lowenstein,
   * "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015; with β = 1).
   */
  #isEarly(costMs: number, leftMs: number): boolean {
    // float() may be 0, whose logarithm is no number to compare with.
    return costMs * -Math.log(1 - this.#random.float()) >= leftMs
  }
}
