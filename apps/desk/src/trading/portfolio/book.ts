import { and, desc, eq, isNull, sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db/database.ts'
import { assets, intents, transactions } from '../../db/schema.ts'
import * as decimal from '../../domain/decimal.ts'
import type { IntentState, TradeFailure, Transaction } from '../../domain/trade.ts'

/** A line of an agent's book: a deposit, an executed trade, or an order that was not, or not yet, executed. */
export type BookLine = Omit<Transaction, 'quoteAmount' | 'fee'> & {
  readonly status: IntentState
  /** Until the order was executed: what it is to spend, fee included; null for a sale. */
  readonly quoteAmount: string | null
  /** Null until the order was executed. */
  readonly fee: string | null
  /** Why an order that is FAILED was not executed; null for all others. */
  readonly error: TradeFailure | null
}

/** Which part of a book. */
export interface BookPage {
  readonly limit: number
  /** Lines before the one with this id: of a transaction, or of an order. */
  readonly before: string | undefined
}

/**
 * An agent's book, the latest first. An order keeps its place when it is executed: that of the moment it was given.
 * Empty for a `before` that is none of its lines.
 */
export async function bookOf(
  db: Database,
  agentId: string,
  { limit, before }: BookPage,
): Promise<BookLine[]> {
  // Two lists, each in the order of its index; the latest of both are the latest of all.
  const [orders, deposits] = await Promise.all([
    select(db)
      .where(and(eq(intents.agentId, agentId), earlier(intents.createdAt, intents.id, agentId, before)))
      .orderBy(desc(intents.createdAt), desc(intents.id))
      .limit(limit),
    db
      .select({ transaction: transactions, placedAt: instant(transactions.createdAt) })
      .from(transactions)
      .where(
        and(
          eq(transactions.agentId, agentId),
          isNull(transactions.intentId),
          earlier(transactions.createdAt, transactions.id, agentId, before),
        ),
      )
      .orderBy(desc(transactions.createdAt), desc(transactions.id))
      .limit(limit),
  ])
  const lines = [...orders.map(orderLine), ...deposits.map(depositLine)]
  return lines
    .sort((a, b) => (a.placedAt === b.placedAt ? (a.key < b.key ? 1 : -1) : a.placedAt < b.placedAt ? 1 : -1))
    .slice(0, limit)
    .map(({ line }) => line)
}

interface PlacedLine {
  readonly placedAt: string
  readonly key: string
  readonly line: BookLine
}

function select(db: Database) {
  return db
    .select({
      intent: intents,
      transaction: transactions,
      symbol: assets.symbol,
      placedAt: instant(intents.createdAt),
    })
    .from(intents)
    .innerJoin(assets, and(eq(assets.chain, intents.chain), eq(assets.asset, intents.asset)))
    .leftJoin(transactions, eq(transactions.intentId, intents.id))
}

/** To the microsecond, so that texts sort as times do. */
function instant(column: typeof intents.createdAt | typeof transactions.createdAt): SQL<string> {
  return sql<string>`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** Before the line named `before` in the order of the book, which is found by either of its names. */
function earlier(
  at: typeof intents.createdAt | typeof transactions.createdAt,
  id: typeof intents.id | typeof transactions.id,
  agentId: string,
  before: string | undefined,
): SQL | undefined {
  if (before === undefined) return undefined
  return sql`(${at}, ${id}) < (
    SELECT i.created_at, i.id FROM intents i WHERE i.id = ${before}::uuid AND i.agent_id = ${agentId}::uuid
    UNION ALL
    SELECT coalesce(i.created_at, t.created_at), coalesce(i.id, t.id)
    FROM transactions t LEFT JOIN intents i ON i.id = t.intent_id
    WHERE t.id = ${before}::uuid AND t.agent_id = ${agentId}::uuid
    LIMIT 1
  )`
}

function orderLine({
  intent,
  transaction,
  symbol,
  placedAt,
}: Awaited<ReturnType<typeof select>>[number]): PlacedLine {
  const { id, chain, asset, quote, side, reason, state, positionId, createdAt } = intent
  const isBuy = side === 'buy'
  // Of an order that moved nothing (yet), what it gives is known.
  const [quoteGiven, baseGiven] = isBuy ? [intent.amount, null] : [null, intent.amount]
  const line: BookLine = {
    id: transaction?.id ?? id,
    intentId: id,
    type: isBuy ? 'BUY' : 'SELL',
    status: state,
    chain,
    asset,
    symbol,
    quote,
    baseAmount: text(transaction ? transaction.baseAmount : baseGiven),
    quoteAmount: text(transaction ? transaction.quoteAmount : quoteGiven),
    price: text(transaction?.price),
    fee: text(transaction?.fee),
    slippageBps: transaction?.slippageBps ?? null,
    priceImpact: text(transaction?.priceImpact),
    reason,
    positionId: transaction?.positionId ?? positionId,
    realised: text(transaction?.realised),
    error: intent.error,
    at: (transaction?.at ?? createdAt).toISOString(),
  }
  return { placedAt, key: id, line }
}

function depositLine({
  transaction,
  placedAt,
}: {
  readonly transaction: typeof transactions.$inferSelect
  readonly placedAt: string
}): PlacedLine {
  const { id, chain, asset, quote, quoteAmount, reason, at } = transaction
  const line: BookLine = {
    id,
    intentId: null,
    type: 'DEPOSIT',
    status: 'CONFIRMED',
    chain,
    asset,
    symbol: asset,
    quote,
    baseAmount: null,
    quoteAmount: text(quoteAmount),
    price: null,
    fee: '0',
    slippageBps: null,
    priceImpact: null,
    reason,
    positionId: null,
    realised: null,
    error: null,
    at: at.toISOString(),
  }
  return { placedAt, key: id, line }
}

function text(amount: string | null | undefined): string | null {
  return amount === null || amount === undefined ? null : decimal.canonical(amount)
}
