import { z } from 'zod'
import { currencyDecimals } from '../../domain/currencies.ts'
import * as decimal from '../../domain/decimal.ts'
import { Money } from './notation.ts'

/** How much is bought at once while the balance is `fromBalance` or more: between `least` and `most`. */
export const SizeTier = z.strictObject({ fromBalance: Money, least: Money, most: Money })

/** How much is bought at once while the balance is `fromBalance` or more. */
export type SizeTier = z.infer<typeof SizeTier>

/** Limits of purchases that are paid in one currency; all amounts are in that currency. */
export type CurrencyLimits = z.infer<typeof CurrencyLimits>

/** Limits of purchases that are paid in one currency. */
export const CurrencyLimits = z.strictObject({
  /** Nothing is bought while the balance is smaller. */
  minimumBalance: Money,
  /** The smallest single purchase. */
  minPurchase: Money,
  /** The largest single purchase, fee included. */
  maxPurchase: Money,
  /** Sizes of purchases that the desk decides on, by balance. Below the first tier it buys nothing. */
  sizes: z.array(SizeTier).min(1).max(10),
})

/** The limits of every currency that a trader may start with: small against a balance of a few dozen units. */
export const Limits = z
  .object({
    SOL: CurrencyLimits.prefault(startingLimits('SOL', '1')),
    ETH: CurrencyLimits.prefault(startingLimits('ETH', '0.05')),
    BTC: CurrencyLimits.prefault(startingLimits('BTC', '0.002')),
    BNB: CurrencyLimits.prefault(startingLimits('BNB', '0.2')),
    MON: CurrencyLimits.prefault(startingLimits('MON', '50')),
    USDC: CurrencyLimits.prefault(startingLimits('USDC', '150')),
    USDT: CurrencyLimits.prefault(startingLimits('USDT', '150')),
    EUR: CurrencyLimits.prefault(startingLimits('EUR', '150')),
  })
  .catchall(CurrencyLimits)
  .refine((limits) => Object.keys(limits).length <= 40, 'must name at most 40 currencies')
  .refine(
    (limits) => Object.keys(limits).every((currency) => /^[A-Z0-9]{2,12}$/.test(currency)),
    'must name currencies in capital letters, such as USDC',
  )

/** The limits of each currency. */
export type Limits = z.infer<typeof Limits>

/**
 * The limits of purchases paid in `currency`, or undefined when there are none: then nothing may be bought with it,
 * because a missing limit must not be an unlimited purchase.
 */
export function limitsOf(limits: Limits, currency: string): CurrencyLimits | undefined {
  return Object.hasOwn(limits, currency) ? limits[currency] : undefined
}

/** Limits that fit a balance of some ten units, where `unit` is one unit's worth in the currency. */
function startingLimits(currency: string, unit: string): CurrencyLimits {
  const worth = decimal.parse(unit)
  const units = (count: string): string =>
    decimal.format(decimal.multiply(decimal.parse(count), worth, currencyDecimals(currency), 'down'))
  return {
    minimumBalance: units('0.5'),
    minPurchase: units('0.01'),
    maxPurchase: units('2'),
    sizes: [
      { fromBalance: units('0.2'), least: units('0.1'), most: units('0.1') },
      { fromBalance: units('5'), least: units('0.5'), most: units('1') },
      { fromBalance: units('10'), least: units('1.5'), most: units('2') },
    ],
  }
}
