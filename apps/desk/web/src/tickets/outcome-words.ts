import type { Trade, Transaction } from '../api/trading-shapes.ts'
import { formatDecimal, MISSING, roundDecimal } from '../format/decimal.ts'
import { assetPlaces, cashPlaces } from '../money/places.ts'
import type { OrderReply } from './attempt.ts'
import type { Order } from './order.ts'

/** What became of an order, in one line. */
export function doneWords(order: Order, { trade, replayed }: OrderReply): string {
  const words = order.kind === 'deposit' ? `${formatDecimal(order.amount)} deposited` : tradeWords(trade)
  return replayed ? `Already done: ${words}` : words
}

/** `Bought 0.5421 SOL for 100.00 USDC`, or why it did not happen. */
export function tradeWords(trade: Trade | null): string {
  if (trade?.transaction) return executedWords(trade.transaction)
  if (trade?.status === 'FAILED')
    return `Not executed: ${trade.error?.message ?? 'the venue refused the order'}`
  return 'The venue has not answered yet: the order may have been executed'
}

function executedWords({ type, baseAmount, quoteAmount, symbol, quote }: Transaction): string {
  const base = baseAmount === null ? MISSING : roundDecimal(baseAmount, assetPlaces(baseAmount))
  const cash = quoteAmount === null ? MISSING : roundDecimal(quoteAmount, cashPlaces(quote))
  return `${type === 'BUY' ? 'Bought' : 'Sold'} ${base} ${symbol} for ${cash} ${quote}`
}
