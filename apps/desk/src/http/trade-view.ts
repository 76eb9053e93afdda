import type { Immutable } from 'holdfast'
import { z } from 'zod'
import {
  INTENT_STATES,
  Transaction,
  TradeFailure,
  type TradeResult,
  type TradeStatus,
} from '../domain/trade.ts'

/** A line of an agent's book: a deposit, an executed trade, or an order that was not, or not yet, executed. */
export const TransactionView = Transaction.extend({
  status: z.enum(INTENT_STATES),
  /** Until the order was executed: what it is to spend, fee included; null for a sale. */
  quoteAmount: z.string().nullable(),
  /** Null until the order was executed. */
  fee: z.string().nullable(),
  /** There when FAILED: why nothing moved. */
  error: TradeFailure.nullable(),
}).meta({ id: 'Transaction' })

/** A line of an agent's book. */
export type TransactionView = z.infer<typeof TransactionView>

/** What became of an order. */
export const TradeView = z
  .object({
    intentId: z.string(),
    /** UNKNOWN: the venue did not answer in time, so it may have happened; the desk finds out. */
    status: z.enum(INTENT_STATES),
    positionId: z.string().nullable(),
    /** There when CONFIRMED. */
    transaction: TransactionView.nullable(),
    /** There when FAILED. Nothing moved then. */
    error: TradeFailure.nullable(),
  })
  .meta({ id: 'Trade' })

/** What became of an order. */
export type TradeView = z.infer<typeof TradeView>

/** A result, or a status, as the API shows it. */
export function tradeView(trade: TradeResult | Immutable<TradeStatus>): TradeView {
  const { intentId, positionId, transaction, error } = trade
  const status = 'state' in trade ? trade.state : trade.status
  return {
    intentId,
    status,
    positionId,
    transaction: transaction && { ...transaction, status: 'CONFIRMED', error: null },
    error,
  }
}
