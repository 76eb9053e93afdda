import { unitsOf } from '../format/decimal.ts'
import { multiply } from '../money/arithmetic.ts'
import { typedAmount } from '../money/typed-amount.ts'

const MOST_BPS = 5_000n

/** A typed percentage as basis points, and what is wrong with it. Nothing typed is no limit of one's own. */
export function slippageOf(text: string): {
  readonly bps: number | undefined
  readonly error: string | null
} {
  if (text.trim() === '') return { bps: undefined, error: null }
  const typed = typedAmount(text)
  const bps = typed === null ? null : unitsOf(multiply(typed, '100') ?? '')
  if (!bps || bps.places > 0 || bps.units < 1n || bps.units > MOST_BPS) {
    return { bps: undefined, error: 'Write a percentage from 0.01 to 50, such as 0.5.' }
  }
  return { bps: Number(bps.units), error: null }
}
