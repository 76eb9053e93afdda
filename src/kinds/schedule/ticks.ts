import { createRequire } from 'node:module'
import type * as Croner from 'croner'
import { DeclarationError } from '../../core/errors.ts'

/** When a schedule fires. All values are milliseconds since 1970. */
export interface Ticks {
  /** The first tick after `ms`. */
  after(ms: number): number
  /** The latest `most` ticks after `fromMs` and up to `toMs`, the oldest first. */
  between(fromMs: number, toMs: number, most: number): readonly number[]
}

/** Ticks at whole multiples of `periodMs`. */
export function everyTicks(periodMs: number): Ticks {
  const upTo = (ms: number): number => Math.floor(ms / periodMs) * periodMs
  return {
    after: (ms) => upTo(ms) + periodMs,
    between(fromMs, toMs, most) {
      const last = upTo(toMs)
      const many = Math.min(most, Math.max(0, Math.round((last - upTo(fromMs)) / periodMs)))
      return Array.from({ length: many }, (_, index) => last - (many - 1 - index) * periodMs)
    },
  }
}

/** A pattern has no years: what does not come after this never comes. */
const REFERENCE = Date.UTC(2024, 0, 1)
/** Missed ticks are looked for this many at a time. */
const MOST_WALKED = 100_000

/**
 * Ticks by a cron pattern. Where clocks are set forward, a time that does not exist is taken for the end of the
 * gap; where they are set back, a time that comes twice fires the first time.
 *
 * @throws DeclarationError
 */
export function cronTicks(field: (name: string) => string, pattern: string, timeZone: string): Ticks {
  try {
    Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw new DeclarationError(field('timeZone'), `'${timeZone}' is no time zone; write one as Europe/Zurich`)
  }
  const cron = parse(field('cron'), pattern, timeZone)
  const after = (ms: number): number => {
    const next = cron.nextRun(new Date(ms))
    // It fired after the reference, so it fires again: a pattern has no years.
    if (!next)
      throw new DeclarationError(
        field('cron'),
        `'${pattern}' does not come after ${new Date(ms).toISOString()}`,
      )
    return next.getTime()
  }
  if (!cron.nextRun(new Date(REFERENCE)))
    throw new DeclarationError(field('cron'), `'${pattern}' never comes: no month has that day`)
  return {
    after,
    between(fromMs, toMs, most) {
      const found: number[] = []
      let next = after(fromMs)
      for (let walked = 0; next <= toMs && walked < MOST_WALKED; walked++) {
        found.push(next)
        if (found.length > most) found.shift()
        next = after(next)
      }
      return found
    },
  }
}

const require = createRequire(import.meta.url)

/** The library is loaded with the first pattern: who declares none does not wait for it. */
function parse(field: string, pattern: string, timeZone: string): Croner.Cron {
  const croner = require('croner') as typeof Croner
  try {
    return new croner.Cron(pattern, { mode: '5-or-6-parts', timezone: timeZone, paused: true })
  } catch (error) {
    throw new DeclarationError(field, `'${pattern}' is no cron: ${(error as Error).message}`)
  }
}
