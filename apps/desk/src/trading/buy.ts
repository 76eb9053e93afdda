import { availableOf } from '../db/balances.ts'
import type { Session } from '../db/database.ts'
import { countPositions } from '../db/intents.ts'
import { findPosition } from '../db/positions.ts'
import * as decimal from '../domain/decimal.ts'
import { DeskError } from '../domain/desk-error.ts'
import { defaultDepth, impactExceeds, largestBuy } from '../execution/paper/depth.ts'
import { refusedAmount } from './amount.ts'
import type { Asked } from './asked.ts'
import { estimate, type Market } from './market.ts'
import { type Draft, insufficient, type Trader } from './prepare.ts'
import { TradingConfig } from './rules/config.ts'
import { limitsOf } from './rules/purchase-limits.ts'
import { refuseChanged } from './sell.ts'

/**
 * Looks at a purchase, under the agent's row.
 *
 * @throws DeskError POSITION_EXISTS, POSITION_UNKNOWN, POSITION_CHANGED, TOO_MANY_POSITIONS, PURCHASE_LIMIT,
 * BALANCE_BELOW_MINIMUM, INSUFFICIENT_BALANCE, PRICE_IMPACT_TOO_HIGH, AMOUNT_INVALID; CONFIG_INVALID for a config that
 * cannot be read
 */
export async function draftBuy(tx: Session, trader: Trader, asked: Asked, market: Market): Promise<Draft> {
  const { asset, amount = '0' } = asked
  const { purchase } = configOf(trader)
  const positionId = await positionToAddTo(tx, trader, asked)
  if (positionId === null && (await countPositions(tx, trader.id)) >= purchase.maxOpenPositions) {
    throw new DeskError(
      'TOO_MANY_POSITIONS',
      `This agent has ${purchase.maxOpenPositions} positions, and may have no more. Sell one first.`,
    )
  }
  const available = await availableOf(tx, trader.wallet, asset.quote)
  if (decimal.compare(decimal.parse(amount), decimal.parse(available)) > 0)
    throw insufficient(asked, available)
  refuseBeyondLimits(asked, available, purchase)
  refuseImpact(asked, market, purchase.maxPriceImpactPercent)
  return { amount, positionId, maxSlippageBps: asked.maxSlippageBps ?? purchase.maxSlippageBps }
}

/** A purchase that must not move the price by more. @throws DeskError PRICE_IMPACT_TOO_HIGH, AMOUNT_INVALID */
function refuseImpact(asked: Asked, market: Market, maxPercent: string): void {
  const { asset, quoteDecimals, amount = '0' } = asked
  const { priceImpact } = estimate({ side: 'buy', asset, quoteDecimals, amount }, market)
  if (!impactExceeds(priceImpact, maxPercent)) return
  const largest = largestBuy(defaultDepth(asset.quote), maxPercent, quoteDecimals)
  throw refusedAmount(
    'PRICE_IMPACT_TOO_HIGH',
    `This would move the price by more than ${maxPercent} %. At most ${largest} ${asset.quote} would do.`,
  )
}

/** The config of a trader, complete. One that cannot be read buys nothing. @throws DeskError CONFIG_INVALID */
export function configOf({ config }: { readonly config: unknown }): TradingConfig {
  const parsed = TradingConfig.safeParse(config)
  if (parsed.success) return parsed.data
  throw new DeskError(
    'CONFIG_INVALID',
    `This agent's config cannot be read: ${parsed.error.issues[0]?.message}`,
  )
}

/** The open position that the purchase adds to, or null when it opens one. */
async function positionToAddTo(tx: Session, trader: Trader, asked: Asked): Promise<string | null> {
  const { chain, asset, symbol } = asked.asset
  const last = await findPosition(tx, trader.id, { chain, asset })
  const open = last?.status === 'open' ? last : null
  if (asked.reason !== 'dca') {
    if (open === null) return null
    throw new DeskError('POSITION_EXISTS', `This agent has a position in ${symbol} already.`)
  }
  if (open !== null && (asked.positionId ?? open.id) === open.id) {
    refuseChanged(asked, open)
    return open.id
  }
  throw new DeskError('POSITION_UNKNOWN', `This agent has no such open position in ${symbol} to add to.`)
}

function refuseBeyondLimits(
  { asset, amount = '0' }: Asked,
  available: string,
  { limits }: TradingConfig['purchase'],
): void {
  const { quote } = asset
  const allowed = limitsOf(limits, quote)
  // A missing limit is not an unlimited purchase.
  if (!allowed) throw refusedAmount('PURCHASE_LIMIT', `This agent's config has no limits for ${quote}.`)
  const below = (a: string, b: string): boolean => decimal.compare(decimal.parse(a), decimal.parse(b)) < 0
  if (below(allowed.maxPurchase, amount))
    throw refusedAmount('PURCHASE_LIMIT', `One purchase may be of ${allowed.maxPurchase} ${quote} at most.`)
  if (below(amount, allowed.minPurchase))
    throw refusedAmount('PURCHASE_LIMIT', `One purchase is of ${allowed.minPurchase} ${quote} at least.`)
  if (below(available, allowed.minimumBalance))
    throw refusedAmount(
      'BALANCE_BELOW_MINIMUM',
      `This agent buys nothing while it has less than ${allowed.minimumBalance} ${quote}; it has ${available}.`,
    )
}
