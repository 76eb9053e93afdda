import { fractionDigits, unitsOf } from '../format/decimal.ts'

/** Digits that an amount of cash is shown with; what it is worth to the last unit is in its `<data>` value. */
const CASH_PLACES: Readonly<Record<string, number>> = {
  USDC: 2,
  USDT: 2,
  USD: 2,
  ETH: 6,
  MON: 4,
  SOL: 4,
  BTC: 8,
}
const DEFAULT_CASH_PLACES = 4
/** Digits of an amount of an asset, or of a price, that are worth reading. */
const SIGNIFICANT = 6
const MOST_PLACES = 12
const CENTS = 2

/** How many decimals an amount of this currency is shown with. */
export function cashPlaces(currency: string): number {
  return CASH_PLACES[currency] ?? DEFAULT_CASH_PLACES
}

/** How many decimals show about six significant digits of an amount: 4 for 12.3456, 9 for 0.00012345. */
export function assetPlaces(amount: string): number {
  return places(amount, 0)
}

/** The same for a price, of which cents are always worth reading. */
export function pricePlaces(price: string): number {
  return places(price, CENTS)
}

function places(text: string, least: number): number {
  const value = unitsOf(text)
  if (!value || value.units === 0n) return 0
  const size = (value.units < 0n ? -value.units : value.units).toString().length - value.places
  return Math.min(fractionDigits(text), MOST_PLACES, Math.max(least, SIGNIFICANT - size))
}
