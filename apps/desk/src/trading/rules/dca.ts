import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'
import { dcaLevels, type TradingConfig } from './config.ts'
import type { Held } from './held.ts'
import { HUNDRED, priceAt } from './percent.ts'

/** Purchases of a falling position: cost averaging. */
export interface DcaRule {
  readonly cooldownMs: number
  readonly levels: readonly {
    readonly drop: Decimal
    readonly share: Decimal
    /** What the first purchase and all of the levels before this one cost, in percent of the first purchase. */
    readonly costSoFar: Decimal
  }[]
}

/** The next purchase: at or below a price, from a time on. */
export interface DcaPurchase {
  readonly highest: Decimal
  readonly fromMs: number
  /** Of the quote, above zero. */
  readonly amount: Decimal
}

/** The DCA rule of a config, or null when there is none. */
export function dcaRule(dca: TradingConfig['dca']): DcaRule | null {
  let costSoFar = HUNDRED
  const levels = dcaLevels(dca).map(({ dropPercent, buyPercent }) => {
    const level = { drop: decimal.parse(dropPercent), share: decimal.parse(buyPercent), costSoFar }
    costSoFar = decimal.add(costSoFar, level.share)
    return level
  })
  return levels.length === 0 ? null : { cooldownMs: dca.cooldownSeconds * 1_000, levels }
}

/**
 * The purchase that a position waits for, or null when all were made. Its size is a share of the first purchase, which
 * is found back from the cost of what is held: after selling half by hand, half as much is bought.
 */
export function dcaPurchase(rule: DcaRule, { position, entry, cost }: Held): DcaPurchase | null {
  const level = rule.levels[position.dcaCount]
  if (!level || position.moonbag) return null
  const amount = decimal.ratio([cost, level.share], [level.costSoFar], position.quoteDecimals, 'down')
  if (decimal.sign(amount) <= 0) return null
  const { lastDcaAtMs } = position
  return {
    highest: priceAt(entry, level.drop),
    fromMs: lastDcaAtMs === null ? Number.NEGATIVE_INFINITY : lastDcaAtMs + rule.cooldownMs,
    amount,
  }
}
