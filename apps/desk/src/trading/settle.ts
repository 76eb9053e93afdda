/**
 * The last transaction of a trade: what the venue did is booked, the reservation ends, and the result is stored under
 * the key, all of it or nothing. Whoever comes first does it; everybody after that gets the same result. So it does
 * not matter who hears the venue's answer how often.
 */
import { IdempotencyNotBegunError } from 'holdfast'
import { lockAgent } from '../db/agents.ts'
import { post, release } from '../db/balances.ts'
import type { Session } from '../db/database.ts'
import { conclude, type Intent, lockIntent } from '../db/intents.ts'
import { insertTransaction } from '../db/transactions.ts'
import * as decimal from '../domain/decimal.ts'
import type { TradeFailure, TradeResult } from '../domain/trade.ts'
import type { Execution, Filled } from '../execution/executor.ts'
import { changePosition } from './change-position.ts'
import { outcomeOf } from './outcome.ts'
import type { TradingParts } from './parts.ts'
import { reached } from './steps.ts'
import { tellEnd } from './told.ts'
import { touchOrder, touchTrade } from './touched.ts'

/** An order that was never sent: the desk ended, or was too slow, before it could be. */
export interface NeverSent {
  readonly state: 'never-sent'
}

/** Books what became of an order. What it came to, also when somebody else has booked it before. */
export async function settle(
  parts: Pick<TradingParts, 'state'>,
  { id, agentId, side }: Intent,
  end: Execution | NeverSent,
): Promise<TradeResult> {
  const { state } = parts
  const result = await state.write(async (tx, changes) => {
    // The same order of locks as in `prepare`.
    await lockAgent(tx, agentId)
    const intent = await lockIntent(tx, id)
    const isOpen = end.state === 'never-sent' ? ['PREPARED'] : ['SUBMITTED', 'UNKNOWN']
    if (!isOpen.includes(intent.state)) {
      const known = await outcomeOf(tx, intent)
      if (known) return known
      throw new Error(`an order that is ${intent.state} cannot end as ${end.state}`)
    }
    const settled =
      end.state === 'filled' ? await confirm(tx, intent, end) : await fail(tx, intent, failureOf(end))
    if (end.state === 'filled') touchTrade(changes, intent)
    else touchOrder(changes, intent)
    await tellEnd(tx, changes, intent, settled, end.state === 'filled' ? movedBy(intent, end) : [])
    await remember(parts, tx, intent, settled)
    reached(side, 'before-commit', id)
    return settled
  })
  reached(side, 'committed', id)
  return result
}

async function confirm(tx: Session, intent: Intent, fill: Filled): Promise<TradeResult> {
  const { id, agentId, wallet, chain, asset, quote, side, amount, reason } = intent
  refuseExcess(intent, fill)
  await release(tx, wallet, side === 'buy' ? quote : asset, amount)
  const { positionId, realised } = await changePosition(tx, intent, fill)
  const transaction = await insertTransaction(tx, {
    intentId: id,
    agentId,
    wallet,
    chain,
    asset,
    type: side === 'buy' ? 'BUY' : 'SELL',
    quote,
    baseAmount: fill.baseAmount,
    quoteAmount: fill.quoteAmount,
    price: fill.price,
    fee: fill.fee,
    slippageBps: fill.slippageBps,
    priceImpact: fill.priceImpact,
    venueOrderId: fill.orderId,
    reason,
    positionId,
    realised,
    at: new Date(fill.at),
  })
  await post(
    tx,
    transaction.id,
    movedBy(intent, fill).map((moved) => ({ wallet, agentId, ...moved })),
  )
  await conclude(tx, id, { positionId })
  return { intentId: id, status: 'CONFIRMED', positionId, transaction, error: null }
}

/** No order spends more than was reserved for it. Such an answer is not believed: the order stays open, and alerts. */
function refuseExcess({ id, side, amount }: Intent, { baseAmount, quoteAmount, fee }: Filled): void {
  const spent =
    side === 'buy' ? decimal.add(decimal.parse(quoteAmount), decimal.parse(fee)) : decimal.parse(baseAmount)
  if (decimal.compare(spent, decimal.parse(amount)) > 0)
    throw new Error(
      `the venue says that the ${side} ${id} took ${decimal.format(spent)}, ordered were ${amount}`,
    )
}

/** What a fill takes, and what it brings. What is taken comes first: there must be enough of it. */
function movedBy(
  { side, asset: base, quote: currency }: Intent,
  { baseAmount, quoteAmount, fee }: Filled,
): { readonly asset: string; readonly delta: string }[] {
  const [quote, costs] = [decimal.parse(quoteAmount), decimal.parse(fee)]
  if (side === 'buy') {
    return [
      { asset: currency, delta: negative(decimal.format(decimal.add(quote, costs))) },
      { asset: base, delta: baseAmount },
    ]
  }
  return [
    { asset: base, delta: negative(baseAmount) },
    { asset: currency, delta: decimal.format(decimal.subtract(quote, costs)) },
  ]
}

async function fail(tx: Session, intent: Intent, error: TradeFailure): Promise<TradeResult> {
  const { id, wallet, asset, quote, side, amount, positionId } = intent
  await release(tx, wallet, side === 'buy' ? quote : asset, amount)
  await conclude(tx, id, { error })
  return { intentId: id, status: 'FAILED', positionId, transaction: null, error }
}

function failureOf(end: Exclude<Execution, Filled> | NeverSent): TradeFailure {
  switch (end.state) {
    case 'rejected':
      return { code: 'VENUE_REJECTED', message: end.reason }
    case 'cancelled':
      return {
        code: 'NEVER_ARRIVED',
        message: 'The order never reached the venue, and cannot reach it any more.',
      }
    case 'never-sent':
      return { code: 'NEVER_SENT', message: 'The order was not sent in time, and will not be.' }
  }
}

/** Stores the result under its key. Not for a key whose time is over: it may stand for another order by now. */
async function remember(
  { state }: Pick<TradingParts, 'state'>,
  tx: Session,
  { userId, idempotencyKey: key, ageMs }: Intent,
  result: TradeResult,
): Promise<void> {
  if (ageMs > KEY_LIVES_MS) return
  await state.tradeResult.complete(tx, { userId, key }, result).catch((error: unknown) => {
    if (!(error instanceof IdempotencyNotBegunError)) throw error
  })
}

const KEY_LIVES_MS = 24 * 3_600_000

function negative(text: string): string {
  const { units, scale } = decimal.parse(text)
  return decimal.format({ units: -units, scale })
}
