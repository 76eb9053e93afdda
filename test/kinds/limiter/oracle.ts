import type { Limit, LimitAsk, LimiterStore, LimitRule } from 'holdfast'

// The two rules once more, as they are written down: in fractions of any size and without any cleverness.

interface Exact {
  look(rule: LimitRule, now: bigint): void
  has(units: bigint): boolean
  take(units: bigint): void
  remaining(): bigint
  /** Microseconds until so many units are there. */
  until(units: bigint): bigint
  reset(): bigint
}

/** The arrival time is `ticks / limit` microseconds, and a unit takes as many ticks as a period has microseconds. */
class ExactGcra implements Exact {
  #ticks = 0n
  #limit = 1n
  #period = 0n
  #now = 0n

  look({ limit, periodMs }: LimitRule, now: bigint): void {
    if (BigInt(limit) !== this.#limit) this.#ticks = up(this.#ticks, this.#limit) * BigInt(limit)
    this.#limit = BigInt(limit)
    this.#period = BigInt(periodMs) * 1_000n
    this.#now = now
    if (this.#ticks > this.#latest()) this.#ticks = this.#latest()
    // What is over is forgotten: a clock that is set back does not bring it back.
    if (this.#ticks <= now * this.#limit) this.#ticks = 0n
  }
  has(units: bigint): boolean {
    return this.#after(units) <= this.#latest()
  }
  take(units: bigint): void {
    this.#ticks = this.#after(units)
  }
  remaining(): bigint {
    return (this.#latest() - this.#after(0n)) / this.#period
  }
  until(units: bigint): bigint {
    return up(this.#after(units) - this.#latest(), this.#limit)
  }
  reset(): bigint {
    return up(this.#after(0n) - this.#now * this.#limit, this.#limit)
  }
  /** Whoever comes late has lost nothing, and saved up nothing either. */
  #after(units: bigint): bigint {
    const now = this.#now * this.#limit
    return (this.#ticks > now ? this.#ticks : now) + units * this.#period
  }
  #latest(): bigint {
    return (this.#now + this.#period) * this.#limit
  }
}

class ExactLog implements Exact {
  #taken: { at: bigint; units: bigint }[] = []
  /** What the last take was kept for: a rate with a longer period comes too late after that. */
  #keptUntil = 0n
  #limit = 1n
  #period = 0n
  #now = 0n

  look({ limit, periodMs }: LimitRule, now: bigint): void {
    this.#limit = BigInt(limit)
    this.#period = BigInt(periodMs) * 1_000n
    this.#now = now
    if (this.#keptUntil <= now) this.#taken = []
    for (const each of this.#taken)
      if (each.at > now) {
        each.at = now
        this.#keptUntil = now + this.#period
      }
    this.#taken = this.#taken.filter(({ at }) => now < at + this.#period)
  }
  has(units: bigint): boolean {
    return this.#used() + units <= this.#limit
  }
  take(units: bigint): void {
    this.#taken.push({ at: this.#now, units })
    this.#keptUntil = this.#now + this.#period
  }
  remaining(): bigint {
    const left = this.#limit - this.#used()
    return left > 0n ? left : 0n
  }
  until(units: bigint): bigint {
    let used = this.#used()
    for (const each of this.#taken) {
      used -= each.units
      if (used + units <= this.#limit) return each.at + this.#period - this.#now
    }
    return 0n
  }
  reset(): bigint {
    const last = this.#taken.at(-1)
    return last ? last.at + this.#period - this.#now : 0n
  }
  #used(): bigint {
    return this.#taken.reduce((sum, { units }) => sum + units, 0n)
  }
}

function up(value: bigint, by: bigint): bigint {
  return value <= 0n ? value / by : (value + by - 1n) / by
}

/** What every store must answer, decision by decision. */
export class Oracle implements LimiterStore {
  #now = 0n
  readonly #limits = new Map<string, { algorithm: string; exact: Exact }>()

  /** Sets its clock, in microseconds. */
  set now(micros: number) {
    this.#now = BigInt(micros)
  }

  /** Microseconds until `ask` would be allowed; below 1 when it would be now. */
  until(ask: LimitAsk): number {
    return Number(this.#look(ask).until(BigInt(ask.cost)))
  }

  async take(ask: LimitAsk): Promise<Limit> {
    return (await this.takeAll([ask]))[0] as Limit
  }

  async takeAll(asks: readonly LimitAsk[]): Promise<Limit[]> {
    const looked = asks.map((ask) => ({ ...ask, exact: this.#look(ask) }))
    const has = looked.map(({ exact, cost }) => exact.has(BigInt(cost)))
    if (has.every(Boolean)) for (const { exact, cost } of looked) exact.take(BigInt(cost))
    const ms = (micros: bigint): number => Number(up(micros, 1_000n))
    return looked.map(({ exact, cost, rule: { limit, periodMs } }, index) => {
      const remaining = exact.remaining()
      return {
        allowed: has[index] === true,
        remaining: Number(remaining),
        retryAfterMs: has[index] ? 0 : ms(exact.until(BigInt(cost))),
        nextMs: remaining === BigInt(limit) ? 0 : ms(exact.until(remaining + 1n)),
        resetMs: ms(exact.reset()),
        limit,
        periodMs,
      }
    })
  }

  #look({ key, rule }: LimitAsk): Exact {
    const known = this.#limits.get(key)
    const exact =
      known?.algorithm === rule.algorithm
        ? known.exact
        : rule.algorithm === 'gcra'
          ? new ExactGcra()
          : new ExactLog()
    this.#limits.set(key, { algorithm: rule.algorithm, exact })
    exact.look(rule, this.#now)
    return exact
  }
}
