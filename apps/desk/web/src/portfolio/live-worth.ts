import type { Position, Worth } from '../api/trading-shapes.ts'
import { add, percentOf, subtract } from '../money/arithmetic.ts'
import { positionAt } from '../positions/live-position.ts'

const PERCENT_PLACES = 2

/**
 * What an agent is worth at the prices of this moment, by the desk's own rule: cash as the desk said, and those of
 * its `positions` that count in the same currency at `prices`, which are in their order. A position without a price
 * counts with what it cost.
 */
export function worthAt(
  worth: Worth,
  positions: readonly Position[],
  prices: readonly (string | null)[],
): Worth {
  const held = positions
    .map((position, index) => ({ position, price: prices[index] ?? null }))
    .filter(({ position }) => position.quote === worth.currency)
  const positionsValue = add(
    ...held.map(({ position, price }) => positionAt(position, price).value ?? position.cost),
  )
  const unrealised = subtract(positionsValue, add(...held.map(({ position }) => position.cost)))
  const value = add(worth.cash, positionsValue)
  const profit = subtract(value, worth.deposits)
  if (positionsValue === null || unrealised === null || value === null || profit === null) return worth
  const profitPercent = percentOf(profit, worth.deposits, PERCENT_PLACES)
  return { ...worth, positionsValue, unrealised, value, profit, profitPercent }
}
