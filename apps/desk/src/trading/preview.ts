import { findAgents } from '../db/agents.ts'
import * as decimal from '../domain/decimal.ts'
import { type Asked, readOrder, unknownAgent } from './asked.ts'
import { configOf, refuseImpact } from './buy.ts'
import { estimate, marketOf } from './market.ts'
import type { TradingParts } from './parts.ts'
import { insufficient } from './prepare.ts'
import { positionToSell } from './sell.ts'
import type { Preview, TradeRequest } from './trading.ts'

/** What an order would do now. See `Trading.preview`. */
export async function preview(
  { db, state }: Pick<TradingParts, 'db' | 'state'>,
  userId: string,
  request: TradeRequest,
): Promise<Preview> {
  const asked = await readOrder(state, userId, 'preview', request)
  const [agent] = await findAgents(db, [asked.agentId])
  if (agent?.userId !== userId) throw unknownAgent(asked.agentId)
  const market = await marketOf(state, asked.asset, asked.reference)
  if (asked.side === 'buy') refuseImpact(asked, market, configOf(agent).purchase.maxPriceImpactPercent)
  const amount = asked.side === 'buy' ? (asked.amount ?? '0') : await sold({ db }, asked)
  const { side, asset, quoteDecimals } = asked
  const fill = estimate({ side, asset, quoteDecimals, amount }, market)
  const { price, baseAmount, quoteAmount, fee, priceImpact, slippageBps } = fill
  const [quote, costs] = [decimal.parse(quoteAmount), decimal.parse(fee)]
  return {
    price,
    priceAgeMs: Math.round(market.ageMs),
    baseAmount,
    quoteAmount,
    fee,
    priceImpact,
    slippageBps,
    total: decimal.format(side === 'buy' ? decimal.add(quote, costs) : decimal.subtract(quote, costs)),
  }
}

async function sold({ db }: Pick<TradingParts, 'db'>, asked: Asked): Promise<string> {
  const position = await positionToSell(db, asked)
  if (asked.amount === undefined) return position.amount
  if (decimal.compare(decimal.parse(asked.amount), decimal.parse(position.amount)) > 0)
    throw insufficient(asked, position.amount)
  return asked.amount
}
