import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'
import type { TradingConfig } from './config.ts'
import type { Decision } from './decision.ts'
import type { Held } from './held.ts'
import { priceAt, shareOf } from './percent.ts'

/** Levels and moonbag of a config, ready to be asked. */
export interface TakeProfitRule {
  readonly levels: readonly { readonly index: number; readonly gain: Decimal; readonly share: Decimal }[]
  readonly moonbag: { readonly trigger: Decimal; readonly retain: Decimal } | null
  /** Whether the levels together sell everything. */
  readonly sellsAll: boolean
}

/** The take-profit rule of a config, or null when there is none. */
export function takeProfitRule({
  enabled,
  levels,
  moonbag,
}: TradingConfig['takeProfit']): TakeProfitRule | null {
  if (!enabled) return null
  const parsed = levels.map(({ gainPercent, sellPercent }, index) => ({
    index,
    gain: decimal.parse(gainPercent),
    share: decimal.parse(sellPercent),
  }))
  return {
    levels: parsed,
    moonbag: moonbag.enabled
      ? { trigger: decimal.parse(moonbag.triggerPercent), retain: decimal.parse(moonbag.retainPercent) }
      : null,
    sellsAll: decimal.compare(sum(parsed.map(({ share }) => share)), decimal.parse('100')) >= 0,
  }
}

/** The lowest price at which a level is due that was not taken yet, or null when none is left. */
export function nextLevelPrice(rule: TakeProfitRule, { entry, position }: Held): Decimal | null {
  const next = rule.levels.find(({ index }) => !position.levelsHit.includes(index))
  return next ? priceAt(entry, next.gain) : null
}

/**
 * One sale for all levels that are due at `price`, or null when there is nothing to sell. Levels are shares of all that
 * was bought, so that selling by hand in between does not make them smaller; more than what is held, the moonbag
 * excepted, is never sold.
 *
 * What would be left is sold too when it is worth no more than the smallest unit of the quote at this price: its sale
 * would not pay its fee. How many units of the asset it is says nothing: 0.0005 of a bitcoin is no dust.
 */
export function profitSale(rule: TakeProfitRule, held: Held, price: Decimal): Decision | null {
  const { position, entry, amount, bought } = held
  const due = rule.levels.filter(
    ({ index, gain }) =>
      !position.levelsHit.includes(index) && decimal.compare(priceAt(entry, gain), price) <= 0,
  )
  if (due.length === 0) return null

  const bag = moonbagOf(rule, held, price)
  const levels = due.map(({ index }) => index)
  const taken = [...position.levelsHit, ...levels]
  const takesLast = rule.levels.every(({ index }) => taken.includes(index))
  const wanted =
    rule.sellsAll && takesLast
      ? amount
      : shareOf(bought, sum(due.map(({ share }) => share)), position.decimals, 'down')
  const free = decimal.subtract(amount, bag ?? decimal.ZERO)
  let sold = decimal.min(wanted, free)
  if (bag === null && isDust(decimal.subtract(amount, sold), price, position.quoteDecimals)) sold = amount
  if (decimal.sign(sold) <= 0) return null

  const reached = due.map(({ gain }) => `+${decimal.format(gain)} %`).join(', ')
  return {
    kind: 'take_profit',
    side: 'sell',
    amount: decimal.format(sold),
    levels,
    ...(bag === null ? {} : { moonbag: true }),
    why: `price ${decimal.format(price)} reached ${reached} of the entry ${decimal.format(entry)}`,
  }
}

/** What must stay, or null while nothing must. */
function moonbagOf(
  { moonbag }: TakeProfitRule,
  { position, bought, entry }: Held,
  price: Decimal,
): Decimal | null {
  if (!moonbag) return null
  const triggered = position.moonbag || decimal.compare(priceAt(entry, moonbag.trigger), price) <= 0
  return triggered ? shareOf(bought, moonbag.retain, position.decimals, 'up') : null
}

function isDust(rest: Decimal, price: Decimal, quoteDecimals: number): boolean {
  return decimal.multiply(rest, price, quoteDecimals, 'down').units <= 1n
}

function sum(values: readonly Decimal[]): Decimal {
  return values.reduce(decimal.add, decimal.ZERO)
}
