import { z } from 'zod'

/** Who or what asked for a trade. */
export const TRADE_REASONS = [
  'manual',
  'signal',
  'auto_buy',
  'stop_loss',
  'take_profit',
  'dca',
  'stale',
] as const

/** Who or what asked for a trade. */
export type TradeReason = (typeof TRADE_REASONS)[number]

/** A buy spends the quote currency, a sell spends the asset. */
export type Side = 'buy' | 'sell'

/**
 * How far an order has come. Money moves in the row's transaction only: PREPARED reserves, CONFIRMED pays, FAILED
 * gives the reservation back.
 *
 *   PREPARED ──▶ SUBMITTED ──▶ CONFIRMED
 *      │             │  ▲
 *      │             ▼  │ (asked again)
 *      └──▶ FAILED ◀─ UNKNOWN ──▶ CONFIRMED
 *
 * UNKNOWN is not a failure: the venue was asked and did not answer, so the order may have been executed.
 */
export const INTENT_STATES = ['PREPARED', 'SUBMITTED', 'CONFIRMED', 'FAILED', 'UNKNOWN'] as const

/** How far an order has come. */
export type IntentState = (typeof INTENT_STATES)[number]

/** The price that a trade is judged by: the tick that it was decided on. */
export const Reference = z.object({
  price: z.string(),
  /** The number of the tick. */
  seq: z.number(),
  /** The venue's time of the tick, ms since 1970 UTC. */
  eventTime: z.number(),
})

/** The price that a trade is judged by. */
export type Reference = z.infer<typeof Reference>

/** What moved: one executed order, or a deposit. Amounts are canonical decimal text. */
export const Transaction = z.object({
  id: z.string(),
  /** Null for a deposit. */
  intentId: z.string().nullable(),
  type: z.enum(['DEPOSIT', 'BUY', 'SELL']),
  chain: z.string(),
  /** For a deposit the currency. */
  asset: z.string(),
  symbol: z.string(),
  /** The currency that `quoteAmount` and `fee` count. */
  quote: z.string(),
  /** Null for a deposit. */
  baseAmount: z.string().nullable(),
  /** Without the fee: a buy costs `quoteAmount + fee`, a sell brings `quoteAmount − fee`. */
  quoteAmount: z.string(),
  /** Null for a deposit. */
  price: z.string().nullable(),
  fee: z.string(),
  /** Basis points between the reference price and the price of the fill; above zero is worse for us. */
  slippageBps: z.number().nullable(),
  /** A share: 0.01 is one percent. */
  priceImpact: z.string().nullable(),
  reason: z.string(),
  positionId: z.string().nullable(),
  /** Profit or loss that a sell made real, in the quote, fees included; null for others. */
  realised: z.string().nullable(),
  /** ISO 8601. */
  at: z.string(),
})

/** What moved: one executed order, or a deposit. */
export type Transaction = z.infer<typeof Transaction>

/** Why a trade that was sent did not happen. The codes are those of `FailureCode`. */
export const TradeFailure = z.object({
  code: z.enum(['VENUE_REJECTED', 'NEVER_SENT', 'NEVER_ARRIVED']),
  message: z.string(),
})

/**
 * Why a trade did not happen: the venue refused it; the desk ended before it sent it; or the venue never saw it
 * and refuses it from now on.
 */
export type TradeFailure = z.infer<typeof TradeFailure>

/** What came of a trade. Stored under its idempotency key with the effect, and given again for ever after. */
export const TradeResult = z.object({
  intentId: z.string(),
  /** UNKNOWN: it may have happened; reconciliation finds out. Ask again with the same key, or by `intentId`. */
  status: z.enum(['CONFIRMED', 'FAILED', 'UNKNOWN']),
  positionId: z.string().nullable(),
  /** There when CONFIRMED. */
  transaction: Transaction.nullable(),
  /** There when FAILED. Nothing moved then. */
  error: TradeFailure.nullable(),
})

/** What came of a trade. */
export type TradeResult = z.infer<typeof TradeResult>

/** Where a trade stands at this moment. */
export const TradeStatus = z.object({
  intentId: z.string(),
  userId: z.string(),
  agentId: z.string(),
  side: z.enum(['buy', 'sell']),
  chain: z.string(),
  asset: z.string(),
  symbol: z.string(),
  quote: z.string(),
  /** As ordered: quote for a buy (fee included), base for a sell. */
  amount: z.string(),
  reason: z.string(),
  state: z.enum(INTENT_STATES),
  positionId: z.string().nullable(),
  transaction: Transaction.nullable(),
  error: TradeFailure.nullable(),
  /** ISO 8601. */
  createdAt: z.string(),
  /** ISO 8601. */
  updatedAt: z.string(),
})

/** Where a trade stands at this moment. */
export type TradeStatus = z.infer<typeof TradeStatus>
