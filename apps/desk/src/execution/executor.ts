/**
 * The executor port: whoever executes orders. It knows an order by its `clientOrderId` and executes that once, for
 * ever: asked again it answers with the first execution. So an order without an answer is never sent again under
 * another name; `find` says what became of it, and `cancel` makes sure that nothing does any more.
 */
import type { Reference, Side } from '../domain/trade.ts'

/** An order to be executed at the best price there is. Amounts are canonical decimal text. */
export interface Order {
  readonly clientOrderId: string
  readonly side: Side
  readonly chain: string
  readonly asset: string
  /** The symbol of what is paid with, or received. */
  readonly quote: string
  /** Buy: what to spend at most, fee included, in the quote. Sell: how much of the asset. */
  readonly amount: string
  /** Digits after the point of an amount of the asset. */
  readonly decimals: number
  /** Digits after the point of an amount of the quote. */
  readonly quoteDecimals: number
  /** The tick that the order was decided on. */
  readonly reference: Reference
  /** Refused when the price would be worse than the reference by more. Null: any price. */
  readonly maxSlippageBps: number | null
}

/** An order that was executed. */
export interface Filled {
  readonly state: 'filled'
  /** The venue's name of the execution. */
  readonly orderId: string
  readonly price: string
  readonly baseAmount: string
  /** Without the fee: a buy costs `quoteAmount + fee`, a sell brings `quoteAmount − fee`. */
  readonly quoteAmount: string
  readonly fee: string
  readonly slippageBps: number
  /** A share: 0.01 is one percent. */
  readonly priceImpact: string
  /** On the venue's clock, ISO 8601. */
  readonly at: string
}

/** What became of an order, for ever. `cancelled`: it had not arrived before somebody cancelled it. */
export type Execution = Filled | { readonly state: 'rejected' | 'cancelled'; readonly reason: string }

/** Executes orders. Every rejection means: not known. */
export interface Executor {
  /** For people, as in `paper`. */
  readonly name: string
  /** How long an order may take. After that its outcome counts as not known. */
  readonly deadlineMs: number
  execute(order: Order, signal: AbortSignal): Promise<Execution>
  /** What became of the order; null when it has not arrived (yet). */
  find(clientOrderId: string, signal: AbortSignal): Promise<Execution | null>
  /** Gives an order that has not arrived no chance to: `cancelled`. What became of it, if it has. */
  cancel(clientOrderId: string, signal: AbortSignal): Promise<Execution>
  /** Ends its connections. */
  close(): Promise<void>
}
