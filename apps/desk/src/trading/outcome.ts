import { IdempotencyMismatchError } from 'holdfast'
import type { Session } from '../db/database.ts'
import { findIntent, findIntentOfKey, type Intent } from '../db/intents.ts'
import { transactionOfIntent } from '../db/transactions.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { TradeResult } from '../domain/trade.ts'
import type { Asked } from './asked.ts'
import type { TradingParts } from './parts.ts'
import type { Traded } from './trading.ts'

const LOOK_AGAIN_MS = 1_000

/** Something of the same kind is under way. */
export function inProgress(message: string): DeskError {
  return new DeskError('TRADE_IN_PROGRESS', message, { retryAfterMs: LOOK_AGAIN_MS })
}

/** What came of an order so far; null while nothing can be said. */
export async function outcomeOf(session: Session, intent: Intent): Promise<TradeResult | null> {
  const { id: intentId, state, positionId, error } = intent
  switch (state) {
    case 'PREPARED':
    case 'SUBMITTED':
      return null
    case 'UNKNOWN':
      return unknown(intent)
    case 'FAILED':
      return { intentId, status: 'FAILED', positionId, transaction: null, error }
    case 'CONFIRMED': {
      const transaction = await transactionOfIntent(session, intentId)
      return { intentId, status: 'CONFIRMED', positionId, transaction, error: null }
    }
  }
}

/** Nobody can say yet whether the order was executed. */
export function unknown({ id: intentId, positionId }: Intent): TradeResult {
  return { intentId, status: 'UNKNOWN', positionId, transaction: null, error: null }
}

/** What came of an order that somebody else has ended, or is about to. */
export async function outcomeElsewhere({ db }: TradingParts, intent: Intent): Promise<TradeResult> {
  const now = await findIntent(db, intent.id)
  return (now && (await outcomeOf(db, now))) ?? unknown(intent)
}

/**
 * What the key stands for already, or null when it is new.
 *
 * @throws DeskError TRADE_IN_PROGRESS, IDEMPOTENCY_MISMATCH
 */
export async function recall({ db, state }: TradingParts, asked: Asked): Promise<Traded | null> {
  const { userId, key, fingerprint } = asked
  const known = await mismatchRefused(state.tradeResult.find({ userId, key }, fingerprint))
  if (known === undefined) return null
  if (known.state === 'done') return { ...known.result, replayed: true }
  const intent = await findIntentOfKey(db, userId, key)
  const outcome = intent && (await outcomeOf(db, intent))
  if (outcome) return { ...outcome, replayed: true }
  throw inProgress('The order with this key is under way.')
}

/** Says a mismatch of keys in the desk's words. @throws DeskError IDEMPOTENCY_MISMATCH */
export async function mismatchRefused<Answer>(asking: Promise<Answer>): Promise<Answer> {
  try {
    return await asking
  } catch (error) {
    if (!(error instanceof IdempotencyMismatchError)) throw error
    throw new DeskError(
      'IDEMPOTENCY_MISMATCH',
      'This key was used for another request. Use a new one for each order.',
    )
  }
}
