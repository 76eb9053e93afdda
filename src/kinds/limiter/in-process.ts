import type { Clock } from '../../core/clock.ts'
import type { Listing } from '../../core/listing.ts'
import type { Count } from './count.ts'
import { Gcra } from './gcra.ts'
import type { LimitAlgorithm, Limit, LimitAsk, LimiterStore, LimitRule } from './port.ts'
import { SlidingLog } from './sliding-log.ts'

/** More limits than this are not known at a time: those that were asked for longest ago are forgotten first. */
const MOST_LIMITS = 100_000
/** What is over is swept out once this many are known, and again when those that were left have doubled. */
const FIRST_SWEEP_AT = 10_000

interface Known {
  readonly algorithm: LimitAlgorithm
  readonly count: Count
}

/** Limits in the memory of this process. */
export class InProcessLimits implements LimiterStore {
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  #sweepAt = FIRST_SWEEP_AT

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async take({ key, rule, cost }: LimitAsk): Promise<Limit> {
    const count = this.#look(key, rule, this.#nowMicros())
    const allowed = count.has(cost)
    if (allowed) count.take(cost)
    this.#keep(key, rule.algorithm, count)
    return count.answer(allowed, cost)
  }

  async takeAll(asks: readonly LimitAsk[]): Promise<Limit[]> {
    const now = this.#nowMicros()
    const looked = asks.map((ask) => ({ ...ask, count: this.#look(ask.key, ask.rule, now) }))
    const found = looked.map(({ count, cost }) => count.has(cost))
    const allowed = found.every(Boolean)
    return looked.map(({ key, rule, cost, count }, index) => {
      if (allowed) count.take(cost)
      this.#keep(key, rule.algorithm, count)
      return count.answer(found[index] === true, cost)
    })
  }

  /** What counts at this moment. */
  readonly listing: Listing = {
    keys: () => this.#known.keys(),
    look: (key) => {
      const count = this.#known.get(key)?.count
      const leftMs = count ? (count.untilMicros - this.#nowMicros()) / 1_000 : 0
      return count && leftMs > 0 ? { raw: count.raw, leftMs } : undefined
    },
  }

  #nowMicros(): number {
    return Math.floor(this.#clock.now() * 1_000)
  }

  #look(key: string, rule: LimitRule, nowMicros: number): Count {
    const known = this.#known.get(key)
    const counts = known?.algorithm === rule.algorithm && known.count.untilMicros > nowMicros
    const count = counts ? known.count : rule.algorithm === 'gcra' ? new Gcra() : new SlidingLog()
    count.look(rule, nowMicros)
    return count
  }

  /** Keeps what counts, as the latest. */
  #keep(key: string, algorithm: LimitAlgorithm, count: Count): void {
    const known = this.#known.get(key)
    if (known) this.#known.delete(key)
    if (count.untilMicros <= this.#nowMicros()) return
    if (!known) this.#makeRoom()
    this.#known.set(key, { algorithm, count })
  }

  #makeRoom(): void {
    if (this.#known.size >= this.#sweepAt) {
      const now = this.#nowMicros()
      for (const [key, { count }] of this.#known) if (count.untilMicros <= now) this.#known.delete(key)
      this.#sweepAt = Math.min(MOST_LIMITS, Math.max(FIRST_SWEEP_AT, this.#known.size * 2))
    }
    if (this.#known.size < MOST_LIMITS) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }
}
