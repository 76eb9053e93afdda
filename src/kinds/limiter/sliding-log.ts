import { Answer } from './answer.ts'
import { type Count, wholeMs } from './count.ts'
import type { Limit, LimitRule } from './port.ts'

interface Taken {
  /** In microseconds. */
  readonly at: number
  /** All units taken before. */
  readonly before: number
}

/** A limit counted by what was taken within its period, take by take. */
export class SlidingLog implements Count {
  #rule: LimitRule = { algorithm: 'sliding-log', limit: 1, periodMs: 0 }
  #now = 0
  /** In the order of time. */
  #taken: Taken[] = []
  /** How many of these are over: they are cut off when they are half of all. */
  #over = 0
  /** All units taken. */
  #total = 0
  untilMicros: number = 0

  look(rule: LimitRule, nowMicros: number): void {
    this.#rule = rule
    this.#now = nowMicros
    const ahead = this.#first(({ at }) => at > nowMicros)
    const cut = this.#taken[ahead]
    if (cut) {
      this.#taken.length = ahead
      this.#push(cut.before)
    }
    this.#over = this.#first(({ at }) => at > nowMicros - rule.periodMs * 1_000)
    if (this.#over * 2 < this.#taken.length) return
    this.#taken.splice(0, this.#over)
    this.#over = 0
  }

  has(cost: number): boolean {
    return this.#used + cost <= this.#rule.limit
  }

  take(cost: number): void {
    this.#push(this.#total)
    this.#total += cost
  }

  answer(allowed: boolean, cost: number): Limit {
    const { limit } = this.#rule
    const used = this.#used
    const remaining = Math.max(0, limit - used)
    return new Answer(
      this.#rule,
      allowed,
      remaining,
      allowed ? 0 : wholeMs(this.#untilOver(used + cost - limit)),
      used === 0 ? 0 : wholeMs(this.#untilOver(used + remaining + 1 - limit)),
      used === 0 ? 0 : wholeMs(this.#untilOver(used)),
    )
  }

  get raw(): string {
    return this.#taken
      .slice(this.#over)
      .map(({ at, before }, index, all) => `${at}:${(all[index + 1]?.before ?? this.#total) - before}`)
      .join(' ')
  }

  get #used(): number {
    return this.#total - (this.#taken[this.#over]?.before ?? this.#total)
  }

  /** Something was taken now. Whatever else counts does so no longer than that. */
  #push(before: number): void {
    this.#taken.push({ at: this.#now, before })
    this.untilMicros = this.#now + this.#rule.periodMs * 1_000
  }

  /** How long until so many units are over. */
  #untilOver(units: number): number {
    const overThen = this.#total - this.#used + units
    const next = this.#first(({ before }) => before >= overThen)
    return (this.#taken[next - 1]?.at ?? this.#now) + this.#rule.periodMs * 1_000 - this.#now
  }

  /** The place of the first for which `is` holds; it holds for all after that. */
  #first(is: (taken: Taken) => boolean): number {
    let [low, high] = [this.#over, this.#taken.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (is(this.#taken[middle] as Taken)) high = middle
      else low = middle + 1
    }
    return low
  }
}
