import type { Clock } from '../core/clock.ts'

const SMALLEST_MS = 0.001
const GROWTH = 1.1
/** Up to about 100 s; what is longer counts in the last bucket. */
const BUCKETS = 194

/**
 * Durations of the recent past, as counts in buckets that grow by a tenth: quantiles are right to about 5 %.
 *
 * Recent means the running window and the one before it, so a spike is forgotten after one to two windows.
 */
export class Histogram {
  readonly #clock: Clock
  readonly #windowMs: number
  #startedMs: number
  #current = new Uint32Array(BUCKETS)
  #previous = new Uint32Array(BUCKETS)

  constructor(clock: Clock, windowMs = 60_000) {
    this.#clock = clock
    this.#windowMs = windowMs
    this.#startedMs = clock.now()
  }

  /** Counts one duration. */
  record(durationMs: number): void {
    this.#rotate()
    const bucket = Math.ceil(Math.log(Math.max(durationMs, SMALLEST_MS) / SMALLEST_MS) / Math.log(GROWTH))
    const index = Math.min(bucket, BUCKETS - 1)
    this.#current[index] = (this.#current[index] ?? 0) + 1
  }

  /** The duration in milliseconds that the given share (0 to 1) of recent ones did not exceed; null without any. */
  quantile(share: number): number | null {
    this.#rotate()
    const count = (index: number): number => (this.#current[index] ?? 0) + (this.#previous[index] ?? 0)
    let total = 0
    for (let index = 0; index < BUCKETS; index++) total += count(index)
    if (total === 0) return null
    let left = Math.max(1, Math.ceil(total * share))
    let index = 0
    for (; index < BUCKETS - 1; index++) {
      left -= count(index)
      if (left <= 0) break
    }
    // The middle of the bucket, on its own scale.
    return SMALLEST_MS * GROWTH ** (index - 0.5)
  }

  #rotate(): void {
    const nowMs = this.#clock.now()
    const passed = Math.floor((nowMs - this.#startedMs) / this.#windowMs)
    if (passed < 1) return
    const reused = this.#previous
    this.#previous = passed === 1 ? this.#current : new Uint32Array(BUCKETS)
    this.#current = reused.fill(0)
    this.#startedMs += passed * this.#windowMs
  }
}
