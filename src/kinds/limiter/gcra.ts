import { Answer } from './answer.ts'
import { type Count, wholeMs } from './count.ts'
import type { Limit, LimitRule } from './port.ts'

/**
 * A limit counted by GCRA. The theoretical arrival time is `at + part / of` microseconds, with whole numbers below 2^53
 * alone: a period that its limit does not divide loses nothing to rounding, however many units are taken.
 */
export class Gcra implements Count {
  #rule: LimitRule = { algorithm: 'gcra', limit: 1, periodMs: 0 }
  #now = 0
  #at = 0
  #part = 0
  #of = 1

  look(rule: LimitRule, nowMicros: number): void {
    // The rest of a microsecond is that of another rate: it counts as a whole one.
    if (this.#of !== rule.limit && this.#part > 0) this.#moveTo(this.#at + 1)
    this.#rule = rule
    this.#of = rule.limit
    this.#now = nowMicros
    const latest = nowMicros + rule.periodMs * 1_000
    if (this.#at < nowMicros) this.#moveTo(nowMicros)
    else if (!isBy(this.#at, this.#part, latest)) this.#moveTo(latest)
  }

  has(cost: number): boolean {
    const [at, part] = this.#after(cost)
    return isBy(at, part, this.#now + this.#rule.periodMs * 1_000)
  }

  take(cost: number): void {
    ;[this.#at, this.#part] = this.#after(cost)
  }

  answer(allowed: boolean, cost: number): Limit {
    const { limit, periodMs } = this.#rule
    const latest = this.#now + periodMs * 1_000
    const untilThereAre = (units: number): number => {
      const [at, part] = this.#after(units)
      return wholeMs(at + (part > 0 ? 1 : 0) - latest)
    }
    // Found by a division, which rounds, and put right by the schedule.
    let remaining = Math.floor(((latest - this.#at) / (periodMs * 1_000)) * limit)
    while (remaining > 0 && !this.has(remaining)) remaining--
    while (this.has(remaining + 1)) remaining++
    return new Answer(
      this.#rule,
      allowed,
      remaining,
      allowed ? 0 : untilThereAre(cost),
      remaining === limit ? 0 : untilThereAre(remaining + 1),
      wholeMs(this.untilMicros - this.#now),
    )
  }

  get untilMicros(): number {
    return this.#at + (this.#part > 0 ? 1 : 0)
  }

  get raw(): string {
    return this.#part === 0 ? String(this.#at) : `${this.#at}:${this.#part}:${this.#of}`
  }

  #moveTo(at: number): void {
    this.#at = at
    this.#part = 0
  }

  /** The arrival time after so many units. */
  #after(units: number): readonly [at: number, part: number] {
    const { limit, periodMs } = this.#rule
    const rest = (periodMs * 1_000) % limit
    const whole = (periodMs * 1_000 - rest) / limit
    const parts = this.#part + units * rest
    const part = parts % limit
    return [this.#at + units * whole + (parts - part) / limit, part]
  }
}

function isBy(at: number, part: number, latest: number): boolean {
  return at < latest || (at === latest && part === 0)
}
