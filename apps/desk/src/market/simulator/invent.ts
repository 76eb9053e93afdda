import type { SimulatedAsset } from '../../domain/assets.ts'
import * as decimal from '../../domain/decimal.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What a trade of the simulator is worth in the quote asset: half of all trades are smaller. */
const MEDIAN_TRADE = 250
/** How far sizes spread, in the logarithm: one trade in twenty is eight times the median or more. */
const SIZE_SPREAD = 1.25
const MEAN_TRADE = MEDIAN_TRADE * Math.exp(SIZE_SPREAD ** 2 / 2)

/** Turns the numbers that the simulator invents into the exact texts that ticks carry. */
export interface Inventor {
  /** Rounded to the asset's tick size, one tick at least: no price is ever zero. */
  price(price: number): string
  /** The amount of one trade at `price`. */
  quantity(price: number, random: SeededRandom): string
  /** The amount that some `trades` trades at `price` add up to. */
  turnover(price: number, trades: number, random: SeededRandom): string
}

/** An inventor for the digits of one asset. */
export function inventor(asset: SimulatedAsset): Inventor {
  // Cheap assets trade in whole units, dear ones in fractions: amounts are worth about a cent to the digit.
  const centDigits = 2 + Math.ceil(Math.log10(Number(asset.startPrice)))
  const quantityDecimals = Math.max(0, Math.min(asset.decimals, centDigits))
  return {
    price: (price) => exact(price, asset.priceDecimals),
    quantity: (price, random) =>
      exact((MEDIAN_TRADE * Math.exp(SIZE_SPREAD * random.normal())) / price, quantityDecimals),
    turnover: (price, trades, random) =>
      exact((MEAN_TRADE * trades * (0.5 + random.float())) / price, quantityDecimals),
  }
}

/** The multiple of 10^-decimals nearest to `invented`, at least one. Exact from here on. */
function exact(invented: number, decimals: number): string {
  const units = BigInt(Math.max(1, Math.round(invented * 10 ** decimals)))
  return decimal.format({ units, scale: decimals })
}
