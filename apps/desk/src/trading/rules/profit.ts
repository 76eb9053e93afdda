/**
 * What positions are worth and what they earned. Every rounding is to our disadvantage, and none is repeated: what was
 * spent is the cost of what is held plus the cost of what was sold, to the last digit.
 */
import * as decimal from '../../domain/decimal.ts'
import type { Position } from '../../domain/position.ts'

/** Digits of an average price that count. */
const PRICE_DIGITS = 20

/** What `amount` is worth at `price`, rounded down to `quoteDecimals`. */
export function valueOf(amount: string, price: string, quoteDecimals: number): string {
  return decimal.format(
    decimal.multiply(decimal.parse(amount, 'amount'), decimal.parse(price, 'price'), quoteDecimals, 'down'),
  )
}

/** Worth minus cost of what is held, before the fee of selling it. */
export function unrealised(
  position: Readonly<Pick<Position, 'amount' | 'cost' | 'quoteDecimals'>>,
  price: string,
): string {
  return difference(valueOf(position.amount, price, position.quoteDecimals), position.cost)
}

/** `profit` in percent of `cost`, with two digits, rounded towards minus infinity; null when nothing was spent. */
export function profitPercent(profit: string, cost: string): string | null {
  const [gained, spent] = [decimal.parse(profit, 'profit'), decimal.parse(cost, 'cost')]
  if (decimal.sign(spent) === 0) return null
  const rounding = decimal.sign(gained) < 0 ? 'up' : 'down'
  return decimal.format(decimal.ratio([gained, { units: 100n, scale: 0 }], [spent], 2, rounding))
}

/** What a sell leaves of a position, and what it made real. */
export interface Realised {
  /** Proceeds after the fee, minus what the sold part cost. */
  readonly realised: string
  /** What is left of the asset. */
  readonly amount: string
  /** What is left of the cost: zero when nothing of the asset is. */
  readonly cost: string
}

/**
 * What selling does to a position. The sold part cost its share of the cost, rounded up.
 *
 * @throws RangeError when more is sold than is held.
 */
export function realisedBySale(
  position: Readonly<Pick<Position, 'amount' | 'cost' | 'quoteDecimals'>>,
  fill: { readonly baseAmount: string; readonly quoteAmount: string; readonly fee: string },
): Realised {
  const held = decimal.parse(position.amount, 'amount')
  const sold = decimal.parse(fill.baseAmount, 'baseAmount')
  if (decimal.compare(sold, held) > 0 || decimal.sign(sold) <= 0) {
    throw new RangeError(`baseAmount: ${fill.baseAmount} cannot be sold of ${position.amount}`)
  }
  const cost = decimal.parse(position.cost, 'cost')
  const costOfSold = decimal.min(cost, decimal.ratio([cost, sold], [held], position.quoteDecimals, 'up'))
  const proceeds = difference(fill.quoteAmount, fill.fee)
  return {
    realised: difference(proceeds, decimal.format(costOfSold)),
    amount: decimal.format(decimal.subtract(held, sold)),
    cost: decimal.format(decimal.subtract(cost, costOfSold)),
  }
}

/** The average entry price after buying more, to 20 digits, rounded up. For a first purchase `amount` is `'0'`. */
export function averageEntry(
  position: { readonly amount: string; readonly entryPrice: string },
  fill: { readonly baseAmount: string; readonly price: string },
): string {
  const mean = decimal.weightedMean(
    [
      {
        value: decimal.parse(position.entryPrice, 'entryPrice'),
        weight: decimal.parse(position.amount, 'amount'),
      },
      { value: decimal.parse(fill.price, 'price'), weight: decimal.parse(fill.baseAmount, 'baseAmount') },
    ],
    PRICE_DIGITS,
    'up',
  )
  return decimal.format(mean)
}

function difference(a: string, b: string): string {
  return decimal.format(decimal.subtract(decimal.parse(a), decimal.parse(b)))
}
