/** Currencies: what prices count and cash is held in. Their amounts have as many digits as their own ledger has. */

const DECIMALS: Readonly<Record<string, number>> = { USDC: 6, USDT: 6, BTC: 8, SOL: 9, ETH: 18, MON: 18 }
/** As exchanges write amounts of anything else. */
const OTHERWISE = 8

/** Digits after the point of an amount of `currency`, such as `'USDC'`. */
export function currencyDecimals(currency: string): number {
  return DECIMALS[currency] ?? OTHERWISE
}
