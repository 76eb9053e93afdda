/**
 * From a prepared order to its end: SUBMITTED is committed before anything is sent; the venue is asked outside of
 * every transaction; what it answers is settled. Without an answer the order is UNKNOWN, and reconciliation asks.
 */
import { advance, type Intent } from '../db/intents.ts'
import { currencyDecimals } from '../domain/currencies.ts'
import type { TradeResult } from '../domain/trade.ts'
import type { Execution, Order } from '../execution/executor.ts'
import { withinDeadline } from '../timing/deadline.ts'
import { outcomeElsewhere, unknown } from './outcome.ts'
import type { TradingParts } from './parts.ts'
import { settle } from './settle.ts'
import { reached } from './steps.ts'
import { tellStep } from './told.ts'
import { touchOrder } from './touched.ts'

/**
 * Sends a prepared order and settles it. An answer that does not come is a result, UNKNOWN; rejects only when it
 * could not be written down that the order is about to be sent: then it was not.
 */
export async function carryOut(parts: TradingParts, intent: Intent): Promise<TradeResult> {
  const { log } = parts
  const { id, side } = intent
  // Not so when reconciliation took the order for abandoned, and ended it.
  if (!(await move(parts, intent, 'PREPARED', 'SUBMITTED'))) return outcomeElsewhere(parts, intent)
  reached(side, 'submitted', id)
  try {
    const execution = await execute(parts, intent)
    reached(side, 'executed', id)
    return await settle(parts, intent, execution)
  } catch (error) {
    log.warn({ err: error, intentId: id }, 'what became of an order is not known; reconciliation will ask')
    // If that cannot be written down either, the order stays SUBMITTED, and is asked about when it is old enough.
    await move(parts, intent, 'SUBMITTED', 'UNKNOWN').catch(() => undefined)
    return outcomeElsewhere(parts, intent).catch(() => unknown(intent))
  }
}

/** Asks the venue something, within the time that it has. Aborted, and rejected, after that. */
export async function askVenue<Answer>(
  { executor, clock }: TradingParts,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const { deadlineMs, name } = executor
  const abort = new AbortController()
  try {
    return await withinDeadline(
      clock,
      deadlineMs,
      ask(abort.signal),
      () => new Error(`${name} did not answer within ${deadlineMs} ms`),
    )
  } finally {
    abort.abort()
  }
}

function execute(parts: TradingParts, intent: Intent): Promise<Execution> {
  const { clientOrderId, side, chain, asset, quote, amount, decimals, reference, maxSlippageBps } = intent
  const order: Order = {
    clientOrderId,
    side,
    chain,
    asset,
    quote,
    amount,
    decimals,
    quoteDecimals: currencyDecimals(quote),
    reference,
    maxSlippageBps,
  }
  return askVenue(parts, (signal) => parts.executor.execute(order, signal))
}

function move(
  { state }: TradingParts,
  intent: Intent,
  from: 'PREPARED' | 'SUBMITTED',
  to: 'SUBMITTED' | 'UNKNOWN',
): Promise<boolean> {
  return state.write(async (tx, changes) => {
    const moved = await advance(tx, intent.id, from, to)
    if (!moved) return false
    touchOrder(changes, intent)
    tellStep(changes, intent, to)
    return true
  })
}
