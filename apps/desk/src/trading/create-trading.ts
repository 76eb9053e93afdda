import type { Intent } from '../db/intents.ts'
import type { TradeResult } from '../domain/trade.ts'
import { type Asked, readOrder } from './asked.ts'
import { draftBuy } from './buy.ts'
import { carryOut } from './carry-out.ts'
import { deposit } from './deposit.ts'
import { type Market, marketOf } from './market.ts'
import { inProgress, recall } from './outcome.ts'
import type { TradingParts } from './parts.ts'
import { prepare } from './prepare.ts'
import { preview } from './preview.ts'
import { reconcileIntents } from './reconcile.ts'
import { alone, draftSell, positionToSell } from './sell.ts'
import { reached } from './steps.ts'
import type { Traded, Trading } from './trading.ts'

/** Trading on a database, a state and an executor. Several may work on the same, in any number of processes. */
export function createTrading(parts: TradingParts): Trading {
  const { db, state } = parts

  const buy = async (asked: Asked, market: Market): Promise<TradeResult | null> =>
    finish(await prepare(parts, asked, market, (tx, trader) => draftBuy(tx, trader, asked, market)))

  const sell = async (asked: Asked, market: Market): Promise<TradeResult | null> => {
    const { id } = await positionToSell(db, asked)
    const prepared = await alone(parts, id, (token) =>
      prepare(parts, asked, market, (tx) => draftSell(tx, asked, id, token)),
    )
    return finish(prepared)
  }

  const finish = async (intent: Intent | null): Promise<TradeResult | null> => {
    if (!intent) return null
    reached(intent.side, 'prepared', intent.id)
    return carryOut(parts, intent)
  }

  /** Somebody used the key while we looked: what it stands for is the answer. */
  const again = async (asked: Asked): Promise<Traded> => {
    const known = await recall(parts, asked)
    if (known) return known
    throw inProgress('The order with this key is under way.')
  }

  return {
    async trade(userId, key, request, { admit } = {}) {
      const asked = await readOrder(state, userId, key, request)
      const known = await recall(parts, asked)
      if (known) return known
      await admit?.()
      reached(asked.side, 'begin', null)
      const market = await marketOf(state, asked.asset, asked.reference)
      const result = await (asked.side === 'buy' ? buy(asked, market) : sell(asked, market))
      return result ? { ...result, replayed: false } : again(asked)
    },
    preview: (userId, request) => preview(parts, userId, request),
    deposit: (userId, key, request) => deposit(parts, userId, key, request),
    reconcile: (options) => reconcileIntents(parts, options),
  }
}
