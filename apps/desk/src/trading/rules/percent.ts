import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'

// Percentages are percentage points everywhere in the rules: 5 is five percent, and no ratio carries the name percent.

/** One hundred. */
export const HUNDRED: Decimal = decimal.parse('100')
/** Digits after the point of a gain. It is relative, so it says as much of a price of 0.00000001 as of 100,000. */
const GAIN_SCALE = 6

/** How far `price` is from `entry`, in percent, rounded towards zero. @throws DecimalError when `entry` is zero. */
export function gainPercent(entry: Decimal, price: Decimal): Decimal {
  return decimal.ratio([decimal.subtract(price, entry), HUNDRED], [entry], GAIN_SCALE, 'down')
}

/** The price that is `percent` away from `entry`: exact, but for digits beyond the 39th after the point. */
export function priceAt(entry: Decimal, percent: Decimal): Decimal {
  const factor = decimal.add(HUNDRED, percent)
  const scale = Math.min(entry.scale + factor.scale + 2, decimal.MAX_DIGITS - 1)
  return decimal.ratio([entry, factor], [HUNDRED], scale, 'down')
}

/** That many percent of `amount`, with `scale` digits after the point. */
export function shareOf(
  amount: Decimal,
  percent: Decimal,
  scale: number,
  rounding: decimal.Rounding,
): Decimal {
  return decimal.ratio([amount, percent], [HUNDRED], scale, rounding)
}
