import { DeclarationError } from './errors.ts'

/** A length of time as people write it: `'250ms'`, `'30s'`, `'5m'`, `'24h'`, `'7d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The longest accepted duration: 366 days. Redis and timers take it; a typing error above it is refused. */
export const LONGEST_MS: number = 366 * 86_400_000

/**
 * Milliseconds of `text`, a whole number between `leastMs` and 366 days.
 *
 * @throws DeclarationError naming `field`, when the text is no duration or out of bounds.
 */
export function parseDuration(text: string, field: string, leastMs = 1): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  const unitMs = UNIT_MS[match?.[2] ?? '']
  if (!match || unitMs === undefined) {
    throw new DeclarationError(
      field,
      `'${text}' is no duration. Write a number and a unit: '250ms', '30s', '5m', '24h', '7d'.`,
    )
  }
  const ms = Math.round(Number(match[1]) * unitMs)
  if (ms < leastMs || ms > LONGEST_MS) {
    throw new DeclarationError(field, `'${text}' is out of bounds: at least ${leastMs} ms, at most 366 days.`)
  }
  return ms
}
