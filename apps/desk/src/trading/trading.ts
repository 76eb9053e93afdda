/**
 * The one way money moves on this desk.
 *
 * Guarantee: under one key of one user an order is executed at most once, whatever dies, repeats or races; what it
 * moved is in one PostgreSQL transaction with its ledger lines and its stored result.
 *
 * Mechanism: the money is reserved and an intent written before anything is sent; the venue knows the order by the
 * intent's id and executes that id once; what the venue answers is settled by compare-and-set on the intent. What
 * stays open (a process died, the venue did not answer) is settled by `reconcile`, which asks the venue.
 *
 * Limit: while an order's outcome is not known, its money stays reserved and its asset cannot be traded in that wallet.
 */
import type { Side, TradeReason, TradeResult, Transaction, Reference } from '../domain/trade.ts'

/** An order as somebody asks for it. */
export interface TradeRequest {
  readonly agentId: string
  readonly side: Side
  readonly chain: string
  /** In any form that its chain allows; it is normalised. */
  readonly asset: string
  /** Decimal text. Buy: what to spend, fee included, in the quote. Sell: how much of the asset; the whole position when left out. */
  readonly amount?: string | undefined
  /** Sell: which position; the open one of the asset when left out. Buy: only to add to a position (`reason: 'dca'`). */
  readonly positionId?: string | undefined
  /** The version of the position that this was decided on: refused when it is another one by now. Default: any. */
  readonly expectedVersion?: number | undefined
  readonly reason: TradeReason
  /** The venue refuses a price that is worse than the reference by more. Default: the agent's config for buys, none for sells. */
  readonly maxSlippageBps?: number | undefined
  /** The tick that decided. Default: the last price, which must not be older than 30 s. */
  readonly reference?: Reference | undefined
  /** Take-profit levels that this sell takes: noted in the position by the sell's own commit. */
  readonly levels?: readonly number[] | undefined
  /** This sell leaves the moon bag: noted in the position by the sell's own commit. */
  readonly moonbag?: boolean | undefined
}

/** A result, and whether it was stored by an earlier call with the same key. */
export interface Traded extends TradeResult {
  readonly replayed: boolean
}

/** How to trade. */
export interface TradeOptions {
  /**
   * Called when nothing is stored under the key, before anything is done: what it throws refuses the trade. The place
   * of a limiter, so that replays and conflicts cost nothing. The key is claimed later, with the intent: equal requests
   * that race all come to it, unless the caller lets one in at a time.
   */
  readonly admit?: () => Promise<void>
}

/** What an order would do at this moment. Nothing is reserved by asking. Amounts are decimal text. */
export interface Preview {
  readonly price: string
  readonly priceAgeMs: number
  readonly baseAmount: string
  /** Without the fee. */
  readonly quoteAmount: string
  readonly fee: string
  /** A share: 0.01 is one percent. */
  readonly priceImpact: string
  readonly slippageBps: number
  /** What leaves the balance (buy) or comes in (sell), fee included, in the quote. */
  readonly total: string
}

/** Play money for a paper agent. */
export interface DepositRequest {
  readonly agentId: string
  readonly chain: string
  /** Decimal text, above zero. */
  readonly amount: string
  /** A quote of the chain's assets. Needed only where the chain has several. */
  readonly currency?: string | undefined
}

/** A deposit, and whether it was made by an earlier call with the same key. */
export interface Deposited {
  readonly transaction: Transaction
  readonly replayed: boolean
}

/** What a pass over open intents found. */
export interface ReconcileReport {
  /** Intents that were asked about. A pass has limits: there may be more. */
  readonly checked: number
  readonly confirmed: number
  readonly failed: number
  /** Still not known: the venue did not answer. They are asked about again with the next pass. */
  readonly unresolved: number
}

/** Trading. Every error is a DeskError unless it says otherwise; any refusal leaves everything as it was. */
export interface Trading {
  /**
   * Buys or sells, once under `key`. Resolves with what came of it, which may be FAILED (the venue refused) or
   * UNKNOWN (the venue did not answer in time). The same key with the same order gives the stored result.
   *
   * @throws DeskError
   * - IDEMPOTENCY_KEY_REQUIRED, IDEMPOTENCY_KEY_INVALID; IDEMPOTENCY_MISMATCH: the key was used for another order;
   *   TRADE_IN_PROGRESS (with `retryAfterMs`): this key's order, or another one of the same asset and wallet, is under way
   * - UNKNOWN_AGENT (somebody else's, too), AGENT_PAUSED, UNKNOWN_ASSET, AMOUNT_INVALID
   * - STALE_PRICE, NO_PRICE, PRICE_IMPACT_TOO_HIGH
   * - buy: INSUFFICIENT_BALANCE, BALANCE_BELOW_MINIMUM, PURCHASE_LIMIT, POSITION_EXISTS, TOO_MANY_POSITIONS,
   *   CONFIG_INVALID; adding to a position also POSITION_UNKNOWN, POSITION_CHANGED
   * - sell: POSITION_UNKNOWN, POSITION_CLOSED, POSITION_CHANGED, INSUFFICIENT_BALANCE (more than the position has)
   *
   * What is wrong with the amount says so in `errors`, under the field `amount`.
   * - what `admit` throws
   * @throws AddressError for what is no chain or address
   * @throws HoldfastError, or an error of `pg`: the store or the database does not answer. Try again with the same key.
   */
  trade(userId: string, key: string, request: TradeRequest, options?: TradeOptions): Promise<Traded>

  /**
   * What `request` would do now. Looks at everything that `trade` looks at, and writes nothing.
   *
   * @throws as `trade`, but for what is about keys
   */
  preview(userId: string, request: TradeRequest): Promise<Preview>

  /**
   * Gives a paper agent money, once under `key`. Makes the agent's wallet on that chain when there is none.
   *
   * @throws DeskError IDEMPOTENCY_KEY_REQUIRED, IDEMPOTENCY_MISMATCH, UNKNOWN_AGENT, PAPER_ONLY, AMOUNT_INVALID,
   * CURRENCY_UNKNOWN
   */
  deposit(userId: string, key: string, request: DepositRequest): Promise<Deposited>

  /**
   * Settles what no live call can settle any more, by asking the venue. Safe at any time, in any process.
   * `everyAge`: no other process trades on this database, so that whatever is open was left by one that is gone.
   */
  reconcile(options?: { readonly everyAge?: boolean }): Promise<ReconcileReport>
}
