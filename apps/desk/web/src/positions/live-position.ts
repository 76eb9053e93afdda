/**
 * What a position is worth between two answers of the desk. While the price is the one that the desk answered with,
 * its own numbers are shown; as the price moves on, they move with it by the same rule.
 */
import type { Position } from '../api/trading-shapes.ts'
import { multiply, percentOf, subtract } from '../money/arithmetic.ts'

const PERCENT_PLACES = 2

/** The parts of a position that move with the price, as decimal strings; null where they are not known. */
export interface PositionValue {
  readonly price: string | null
  readonly value: string | null
  readonly unrealised: string | null
  readonly profitPercent: string | null
}

/** The position at `price`; with the desk's own price where there is no newer one. */
export function positionAt(position: Position, price: string | null): PositionValue {
  if (price === null || price === position.price) return position
  const value = multiply(position.amount, price, position.quoteDecimals)
  const unrealised = subtract(value, position.cost)
  return { price, value, unrealised, profitPercent: percentOf(unrealised, position.cost, PERCENT_PLACES) }
}
