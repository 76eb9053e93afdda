import type { Limit, LimitRule } from './port.ts'

/** What is known of one limit. Every use begins with a look. */
export interface Count {
  /** Brings it to `nowMicros`, for the methods below. */
  look(rule: LimitRule, nowMicros: number): void
  /** Whether `cost` units are there. */
  has(cost: number): boolean
  /** Takes them. */
  take(cost: number): void
  /** How it stands now. `cost`: what was asked for. */
  answer(allowed: boolean, cost: number): Limit
  /** When nothing of it counts any more. */
  readonly untilMicros: number
  /** For those who look at all that is stored. */
  readonly raw: string
}

/** Whole milliseconds that take at least `micros`. */
export function wholeMs(micros: number): number {
  return Math.ceil(micros / 1_000)
}
