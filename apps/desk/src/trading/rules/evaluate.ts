import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'
import type { TradingConfig } from './config.ts'
import type { Decision } from './decision.ts'
import type { PositionState } from './held.ts'
import { gainPercent } from './percent.ts'
import { profitSale } from './take-profit.ts'
import { observe, prepareRules, type Rules, watch, type Watched } from './watched.ts'

const NOTHING: readonly Decision[] = Object.freeze([])

/**
 * What to do with a position at a price: nothing, or one thing. A stop loss goes before profit, profit before closing
 * a stale position, and that before buying more; what was not its turn is found by the next tick.
 *
 * Pure: the same position, price and time give the same decision. A price of zero or less is a gap in the feed, never
 * a reason to sell. Whether the price is fresh and the agent may trade is for the caller to know.
 *
 * @param watched the position, its peaks being up to date with `price` (see `observe`).
 * @param nowMs on the same calendar as the position's times: ms since 1970 UTC.
 */
export function decide(watched: Watched, price: Decimal, nowMs: number): readonly Decision[] {
  if (decimal.sign(price) <= 0 || decimal.sign(watched.amount) <= 0) return NOTHING
  const decision =
    stopLoss(watched, price) ??
    takeProfit(watched, price) ??
    staleClose(watched, price, nowMs) ??
    dcaBuy(watched, price, nowMs)
  return decision === null ? NOTHING : [decision]
}

/** `decide` from texts, peaks included: for one position now and then. A tick over many prepares them instead. */
export function evaluate(
  position: PositionState,
  price: string,
  nowMs: number,
  config: TradingConfig,
): readonly Decision[] {
  const at = decimal.parse(price, 'price')
  return decide(observe(watch(position, prepareRules(config)), at), at, nowMs)
}

/** Where the stop loss of a position stands, as decimal text; null when it has none. */
export function stopPrice(position: PositionState, rules: Rules): string | null {
  const { stop } = watch(position, rules)
  return stop && decimal.format(stop)
}

function stopLoss({ stop, amount, entry }: Watched, price: Decimal): Decision | null {
  if (stop === null || decimal.compare(price, stop) > 0) return null
  return {
    kind: 'stop_loss',
    side: 'sell',
    amount: decimal.format(amount),
    why: `price ${decimal.format(price)} is not above the stop ${decimal.format(stop)}, entry ${decimal.format(entry)}`,
  }
}

function takeProfit(watched: Watched, price: Decimal): Decision | null {
  const { rules, profitFrom } = watched
  if (!rules.takeProfit || profitFrom === null || decimal.compare(price, profitFrom) < 0) return null
  return profitSale(rules.takeProfit, watched, price)
}

function staleClose({ stale, amount, entry }: Watched, price: Decimal, nowMs: number): Decision | null {
  if (stale === null || nowMs < stale.fromMs) return null
  if (decimal.compare(price, stale.lowest) < 0 || decimal.compare(price, stale.highest) > 0) return null
  return {
    kind: 'stale',
    side: 'sell',
    amount: decimal.format(amount),
    why: `held for long and no further than ${decimal.format(gainPercent(entry, price))} % from the entry ${decimal.format(entry)}`,
  }
}

function dcaBuy({ dca, entry }: Watched, price: Decimal, nowMs: number): Decision | null {
  if (dca === null || nowMs < dca.fromMs || decimal.compare(price, dca.highest) > 0) return null
  return {
    kind: 'dca',
    side: 'buy',
    amount: decimal.format(dca.amount),
    why: `price ${decimal.format(price)} fell to ${decimal.format(gainPercent(entry, price))} % of the entry ${decimal.format(entry)}`,
  }
}
