import type { Random } from 'holdfast'
import * as decimal from '../../domain/decimal.ts'
import type { CurrencyLimits, SizeTier } from './purchase-limits.ts'

/** A size, or why nothing is bought. */
export type Sizing =
  | { readonly amount: string }
  | { readonly refused: 'BALANCE_BELOW_MINIMUM'; readonly message: string }

/**
 * How much an agent that decides by itself buys at once: by its balance, `share` of the way from the least to the most
 * of the tier (`'0'` to `'1'`, decimal text), rounded down, and never more than the balance or the largest purchase.
 *
 * @throws DecimalError DECIMAL_INVALID for a share outside 0 to 1, or a text that is no decimal.
 */
export function purchaseSize(
  available: string,
  limits: CurrencyLimits,
  quoteDecimals: number,
  share: string,
): Sizing {
  const balance = decimal.parse(available, 'available')
  const way = parseShare(share)
  if (decimal.compare(balance, decimal.parse(limits.minimumBalance)) < 0) {
    return refused(`The balance ${available} is below the least, ${limits.minimumBalance}.`)
  }
  const tier = tierOf(balance, limits.sizes)
  if (!tier)
    return refused(`The balance ${available} is below the first tier, ${limits.sizes[0]?.fromBalance}.`)

  const [least, most] = [decimal.parse(tier.least), decimal.parse(tier.most)]
  const extra = decimal.multiply(decimal.subtract(most, least), way, quoteDecimals, 'down')
  const wanted = decimal.round(decimal.add(least, extra), quoteDecimals, 'down')
  const size = decimal.min(decimal.min(wanted, balance), decimal.parse(limits.maxPurchase))
  if (decimal.sign(size) <= 0 || decimal.compare(size, decimal.parse(limits.minPurchase)) < 0) {
    return refused(`The balance ${available} does not reach for the least purchase, ${limits.minPurchase}.`)
  }
  return { amount: decimal.format(size) }
}

/** A share for `purchaseSize`, drawn at random: a whole number of thousandths from 0 to 1. */
export function drawShare(random: Pick<Random, 'float'>): string {
  return decimal.format({ units: BigInt(Math.floor(random.float() * 1_001)), scale: 3 })
}

function tierOf(balance: decimal.Decimal, sizes: readonly SizeTier[]): SizeTier | undefined {
  return sizes.findLast(({ fromBalance }) => decimal.compare(decimal.parse(fromBalance), balance) <= 0)
}

function parseShare(text: string): decimal.Decimal {
  const share = decimal.parse(text, 'share')
  if (decimal.sign(share) >= 0 && decimal.compare(share, { units: 1n, scale: 0 }) <= 0) return share
  throw new decimal.DecimalError('DECIMAL_INVALID', `share: ${text} is not from 0 to 1`)
}

function refused(message: string): Sizing {
  return { refused: 'BALANCE_BELOW_MINIMUM', message }
}
