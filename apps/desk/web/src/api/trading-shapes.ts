/**
 * What the desk's API says about trading: only the fields that the dashboard reads. Amounts and prices are decimal
 * strings, times are ISO 8601 where they are strings and ms since 1970 UTC where they are numbers.
 */

/** Which way a trade goes. */
export type Side = 'buy' | 'sell'

/** How far an order has come. `UNKNOWN`: the venue was asked and has not answered, so it may have executed. */
export type OrderStatus = 'PREPARED' | 'SUBMITTED' | 'UNKNOWN' | 'CONFIRMED' | 'FAILED'

/** What a wallet holds of one asset. `amount` is `available` + `reserved`. */
export interface Balance {
  readonly chain: string
  readonly wallet: string
  /** The asset's address, or the symbol of cash. */
  readonly asset: string
  readonly symbol: string
  readonly amount: string
  readonly available: string
  /** Held back for orders under way. */
  readonly reserved: string
}

/** A position: what was bought of one asset and is still held, or was closed. */
export interface Position {
  readonly id: string
  readonly chain: string
  readonly asset: string
  readonly symbol: string
  readonly quote: string
  /** Digits after the point of an amount of the asset, and of the quote. */
  readonly decimals: number
  readonly quoteDecimals: number
  readonly status: 'open' | 'closed'
  readonly amount: string
  readonly entryPrice: string
  /** What the amount that is still held was bought for. */
  readonly cost: string
  readonly peakPrice: string
  /** Where the stop loss would sell; null when there is none. */
  readonly stopPrice: string | null
  /** Null while the desk knows no price. The same holds for all that depends on it. */
  readonly price: string | null
  readonly priceAgeMs: number | null
  readonly value: string | null
  readonly unrealised: string | null
  readonly realised: string
  readonly profitPercent: string | null
  readonly openedAt: string
  readonly closedAt: string | null
  readonly closeReason: string | null
}

/** One line of an agent's book: a deposit, a trade, or an order that is not final yet. */
export interface Transaction {
  readonly id: string
  readonly intentId: string | null
  readonly type: 'DEPOSIT' | 'BUY' | 'SELL'
  readonly status: OrderStatus
  readonly chain: string
  readonly asset: string
  readonly symbol: string
  readonly quote: string
  readonly baseAmount: string | null
  readonly quoteAmount: string | null
  readonly price: string | null
  readonly fee: string | null
  readonly priceImpact: string | null
  readonly reason: string | null
  readonly realised: string | null
  /** Why an order that is FAILED was not executed; null for all others. */
  readonly error: TradeError | null
  readonly at: string
}

/** Why an order was not executed. `message` is for people. */
export interface TradeError {
  readonly code: string
  readonly message: string
}

/** What an agent is worth in one currency. */
export interface Worth {
  readonly currency: string
  readonly cash: string
  readonly positionsValue: string
  readonly value: string
  readonly deposits: string
  readonly realised: string
  readonly unrealised: string
  readonly profit: string
  /** Of the deposits; null before the first. */
  readonly profitPercent: string | null
}

/** What an agent is worth, in the currency that comes first; the desk invents no rate to the others. */
export interface Portfolio extends Worth {
  readonly others: readonly Worth[]
}

/** What an agent was worth at one time. */
export interface EquityPoint {
  readonly at: string
  readonly value: string
}

/** How far back an equity curve goes. */
export type EquityRange = '1h' | '24h'

/** An order as the desk takes it. Without an amount a sale is of the whole position. */
export interface TradeOrder {
  readonly agentId: string
  readonly side: Side
  readonly chain: string
  readonly asset: string
  /** Buy: how much of the quote to spend. Sell: how much of the asset. */
  readonly amount?: string
  readonly positionId?: string
  readonly maxSlippageBps?: number
}

/** What an order would do at the price of this moment. */
export interface TradePreview {
  readonly price: string
  readonly priceAgeMs: number
  readonly baseAmount: string
  readonly quoteAmount: string
  readonly fee: string
  /** A share: 0.01 is 1 %. */
  readonly priceImpact: string
  readonly slippageBps: number
  /** What a buy takes, or a sale brings, with the fee. */
  readonly total: string
}

/** What became of an order. `transaction` is there when it was executed, `error` when it was not. */
export interface Trade {
  readonly intentId: string
  readonly status: OrderStatus
  readonly positionId: string | null
  readonly transaction: Transaction | null
  readonly error: TradeError | null
}

/** Cash for an agent that trades on paper. */
export interface DepositOrder {
  readonly agentId: string
  readonly chain: string
  readonly amount: string
}

/** Anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json }

/** How an agent trades, by section. Which fields the dashboard edits is said in settings/sections.ts. */
export type TradingConfig = Readonly<Record<string, Json>>
