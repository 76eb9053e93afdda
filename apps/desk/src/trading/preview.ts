import { findAgents } from '../db/agents.ts'
import type { Database } from '../db/database.ts'
import type { Agent } from '../domain/agent.ts'
import * as decimal from '../domain/decimal.ts'
import { type Asked, readOrder, unknownAgent } from './asked.ts'
import { draftBuy } from './buy.ts'
import { estimate, type Market, marketOf } from './market.ts'
import type { TradingParts } from './parts.ts'
import { traderFor } from './prepare.ts'
import { amountToSell, positionToSell } from './sell.ts'
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
  const { side, asset, quoteDecimals } = asked
  const amount = await (side === 'buy' ? bought(db, agent, asked, market) : sold(db, agent, asked))
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

// What a trade looks at under locks, looked at without them: it may be otherwise a moment later.

async function bought(db: Database, agent: Agent, asked: Asked, market: Market): Promise<string> {
  const trader = await traderFor(db, asked, agent)
  return (await draftBuy(db, trader, asked, market)).amount
}

async function sold(db: Database, agent: Agent, asked: Asked): Promise<string> {
  const position = await positionToSell(db, asked)
  await traderFor(db, asked, agent)
  return amountToSell(asked, position)
}
