import { z } from 'zod'
import { Position } from './position.ts'
import { TradeFailure, TradeStatus, Transaction, TRADE_REASONS } from './trade.ts'

/** A step of an order: where it stands since then. */
export const TradeEvent = TradeStatus.omit({ createdAt: true, updatedAt: true })

/** A step of an order. */
export type TradeEvent = z.infer<typeof TradeEvent>

/** A position as a trade has left it. */
export const PositionEvent = Position

/** What a deposit or a trade did to the money of an agent. Amounts are canonical decimal text. */
export const PortfolioEvent = z.object({
  transactionId: z.string(),
  type: z.enum(['DEPOSIT', 'BUY', 'SELL']),
  chain: z.string(),
  /** What came (above zero) and went, by asset or currency. Fees are in it. */
  moved: z.array(z.object({ asset: z.string(), delta: z.string() })),
  /** Profit or loss that a sale made real, in `quote`; null for others. */
  realised: z.string().nullable(),
  quote: z.string(),
})

/** What a deposit or a trade did to the money of an agent. */
export type PortfolioEvent = z.infer<typeof PortfolioEvent>

/** Something that a user wants to be told. */
export const Notification = z.object({
  /** `exit`: what a rule sold by itself; `fill`: any other order. As in the preferences. */
  kind: z.enum(['fill', 'exit']),
  agentId: z.string(),
  intentId: z.string(),
  status: z.enum(['CONFIRMED', 'FAILED']),
  /** For people. */
  text: z.string(),
})

/** Something that a user wants to be told. */
export type Notification = z.infer<typeof Notification>

/** An order that has ended, of which its user may want to be told. */
export const EndedTrade = z.object({
  userId: z.string(),
  agentId: z.string(),
  intentId: z.string(),
  side: z.enum(['buy', 'sell']),
  symbol: z.string(),
  reason: z.enum(TRADE_REASONS),
  transaction: Transaction.nullable(),
  error: TradeFailure.nullable(),
})

/** An order that has ended. */
export type EndedTrade = z.infer<typeof EndedTrade>
