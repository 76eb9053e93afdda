import type { Clock } from '../core/clock.ts'
import type { Listing } from '../core/listing.ts'
import type { KeepMs } from './port.ts'

/** What is over is swept out once this many are known, and again when those that were left have doubled. */
const FIRST_SWEEP_AT = 10_000

interface Kept<Value> {
  readonly value: Value
  /** On the monotonic clock; undefined: for good. */
  readonly untilMs: number | undefined
}

/** Values in memory, each with its time. */
export class KeptValues<Value> {
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept<Value>>()
  #sweepAt = FIRST_SWEEP_AT
  readonly listing: Listing

  /** `raw` is what surveys see of a value. */
  constructor(clock: Clock, raw: (value: Value) => string) {
    this.#clock = clock
    this.listing = {
      keys: () => this.#kept.keys(),
      look: (key) => {
        const kept = this.#living(key)
        if (!kept) return undefined
        const { value, untilMs } = kept
        return { raw: raw(value), leftMs: untilMs === undefined ? null : untilMs - clock.now() }
      },
    }
  }

  get(key: string): Value | undefined {
    return this.#living(key)?.value
  }

  set(key: string, value: Value, keepMs: KeepMs): void {
    const nowMs = this.#clock.now()
    if (this.#kept.size >= this.#sweepAt) this.#sweep(nowMs)
    this.#kept.set(key, { value, untilMs: keepMs === null ? undefined : nowMs + keepMs })
  }

  delete(key: string): boolean {
    return this.#living(key) !== undefined && this.#kept.delete(key)
  }

  #living(key: string): Kept<Value> | undefined {
    const kept = this.#kept.get(key)
    if (kept?.untilMs === undefined || kept.untilMs > this.#clock.now()) return kept
    this.#kept.delete(key)
    return undefined
  }

  #sweep(nowMs: number): void {
    for (const [key, { untilMs }] of this.#kept)
      if (untilMs !== undefined && untilMs <= nowMs) this.#kept.delete(key)
    this.#sweepAt = Math.max(FIRST_SWEEP_AT, this.#kept.size * 2)
  }
}
