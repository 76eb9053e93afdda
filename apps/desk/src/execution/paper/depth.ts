import * as decimal from '../../domain/decimal.ts'
import { FEE_BPS } from './pricing.ts'

/** What the market of an asset holds on the side of the quote, where nobody said otherwise: two million dollars' worth. */
const DEPTHS: Readonly<Record<string, string>> = {
  SOL: '13000',
  ETH: '600',
  BTC: '20',
  BNB: '2500',
  MON: '600000',
}
const IN_DOLLARS = '2000000'

const HUNDRED = decimal.parse('100')

/** The depth of a market that is priced in `quote`, in that quote. */
export function defaultDepth(quote: string): string {
  return DEPTHS[quote] ?? IN_DOLLARS
}

/**
 * Whether an order moves the price by more than is allowed. The one place where the share that fills speak of meets the
 * percentage that people write.
 *
 * @param priceImpact a share: `'0.05'` is five percent
 * @param maxPercent a percentage: `'5'` is five percent
 */
export function impactExceeds(priceImpact: string, maxPercent: string): boolean {
  const share = decimal.parse(priceImpact, 'priceImpact')
  const percent = decimal.multiply(share, HUNDRED, share.scale, 'down')
  return decimal.compare(percent, decimal.parse(maxPercent, 'maxPercent')) > 0
}

/** The largest value, in the quote, whose trade does not exceed `maxPercent` (above 0, below 100) of price impact. */
export function largestTrade(depth: string, maxPercent: string, quoteDecimals: number): string {
  const most = decimal.parse(maxPercent, 'maxPercent')
  return decimal.format(
    decimal.ratio(
      [decimal.parse(depth, 'depth'), most],
      [decimal.subtract(HUNDRED, most)],
      quoteDecimals,
      'down',
    ),
  )
}

/** The largest budget of a buy, fee included, that does not exceed `maxPercent` of price impact. */
export function largestBuy(depth: string, maxPercent: string, quoteDecimals: number): string {
  const value = decimal.parse(largestTrade(depth, maxPercent, quoteDecimals))
  const withFee = decimal.ratio(
    [value, { units: BigInt(10_000 + FEE_BPS), scale: 0 }],
    [{ units: 10_000n, scale: 0 }],
    quoteDecimals,
    'down',
  )
  return decimal.format(withFee)
}
