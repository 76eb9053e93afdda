import type { Changes } from 'holdfast'
import type { Session } from '../db/database.ts'
import type { Intent } from '../db/intents.ts'
import { findPosition } from '../db/positions.ts'
import type { PortfolioEvent } from '../domain/events.ts'
import type { IntentState, TradeResult, Transaction } from '../domain/trade.ts'
import * as events from '../keyspaces/events.ts'
import { notify } from '../keyspaces/jobs.ts'

/** The order took a step, and has not ended. */
export function tellStep(changes: Changes, intent: Intent, state: IntentState): void {
  changes.emit(events.tradeEvents, { agentId: intent.agentId }, { ...partOf(intent), state })
}

/** The order ended; `moved` is what that did to the agent's wallets. Its user may want to know. */
export async function tellEnd(
  tx: Session,
  changes: Changes,
  intent: Intent,
  { status, positionId, transaction, error }: TradeResult,
  moved: PortfolioEvent['moved'],
): Promise<void> {
  const { id: intentId, userId, agentId, side, symbol, reason } = intent
  changes.emit(
    events.tradeEvents,
    { agentId },
    { ...partOf(intent), state: status, positionId, transaction, error },
  )
  if (transaction) {
    const position = positionId === null ? null : await findPosition(tx, agentId, { id: positionId })
    if (position) changes.emit(events.positionEvents, { agentId }, position)
    tellMoney(changes, agentId, transaction, moved)
  }
  const ended = { userId, agentId, intentId, side, symbol, reason, transaction, error }
  changes.enqueue(notify, ended, { id: intentId })
}

/** Money came or went. */
export function tellMoney(
  changes: Changes,
  agentId: string,
  { id: transactionId, type, chain, realised, quote }: Transaction,
  moved: PortfolioEvent['moved'],
): void {
  changes.emit(events.portfolioEvents, { agentId }, { transactionId, type, chain, moved, realised, quote })
}

/** A deposit was booked. */
export function tellDeposit(changes: Changes, agentId: string, deposited: Transaction): void {
  const { asset, quoteAmount } = deposited
  tellMoney(changes, agentId, deposited, [{ asset, delta: quoteAmount }])
}

function partOf(intent: Intent) {
  const { id: intentId, userId, agentId, side, chain, asset, symbol, quote, amount, reason } = intent
  const { positionId, error } = intent
  return {
    intentId,
    userId,
    agentId,
    side,
    chain,
    asset,
    symbol,
    quote,
    amount,
    reason,
    positionId,
    error,
    transaction: null,
  }
}
