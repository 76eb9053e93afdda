import { and, desc, eq, ne, sql, type SQL } from 'drizzle-orm'
import * as decimal from '../domain/decimal.ts'
import type { IntentState, TradeStatus, Transaction } from '../domain/trade.ts'
import type { Session } from './database.ts'
import { assets, intents, transactions } from './schema.ts'

/** A line of an agent's book: what moved, or an order that has not moved anything, with its state. */
export interface BookLine extends Omit<Transaction, 'quoteAmount' | 'fee'> {
  readonly status: IntentState
  /** Null until the order was executed. */
  readonly quoteAmount: string | null
  /** Null until the order was executed. */
  readonly fee: string | null
  /** ISO 8601, when it was written down. With `id` it says where to go on reading. */
  readonly createdAt: string
}

/** Where to go on: the last line that is known. */
export interface BookPlace {
  readonly createdAt: string
  readonly id: string
}

/** Writes down what moved. Its id. */
export async function insertTransaction(
  tx: Session,
  values: Omit<typeof transactions.$inferInsert, 'id' | 'createdAt'>,
): Promise<Transaction> {
  const [row] = await tx.insert(transactions).values(values).returning({ id: transactions.id })
  const transaction = row && (await findTransaction(tx, eq(transactions.id, row.id)))
  if (!transaction) throw new Error('INSERT … RETURNING returned no row')
  return transaction
}

/** Whether an agent was ever given this currency on this chain. */
export async function hasDeposit(
  tx: Session,
  agentId: string,
  chain: string,
  currency: string,
): Promise<boolean> {
  const rows = await tx
    .select({ id: transactions.id })
    .from(transactions)
    .where(
      and(
        eq(transactions.agentId, agentId),
        eq(transactions.type, 'DEPOSIT'),
        eq(transactions.chain, chain),
        eq(transactions.quote, currency),
      ),
    )
    .limit(1)
  return rows.length > 0
}

/** What an order moved, or null. */
export function transactionOfIntent(tx: Session, intentId: string): Promise<Transaction | null> {
  return findTransaction(tx, eq(transactions.intentId, intentId))
}

/** Where an order stands, in one statement; or null. `intentId` must be a uuid. */
export async function findTradeStatus(tx: Session, intentId: string): Promise<TradeStatus | null> {
  const [row] = await tx
    .select({ intent: intents, transaction: transactions, symbol: assets.symbol })
    .from(intents)
    .innerJoin(assets, and(eq(assets.chain, intents.chain), eq(assets.asset, intents.asset)))
    .leftJoin(transactions, eq(transactions.intentId, intents.id))
    .where(eq(intents.id, intentId))
  if (!row) return null
  const { intent, transaction, symbol } = row
  const { userId, agentId, side, chain, asset, quote, reason, state, positionId, error } = intent
  return {
    intentId,
    userId,
    agentId,
    side,
    chain,
    asset,
    symbol,
    quote,
    amount: decimal.canonical(intent.amount),
    reason,
    state,
    positionId,
    transaction: transaction && toTransaction(transaction, symbol),
    error,
    createdAt: intent.createdAt.toISOString(),
    updatedAt: intent.updatedAt.toISOString(),
  }
}

/** An agent's book, the last line first. An order stands in it once: as its transaction, or as itself. */
export async function listBook(
  tx: Session,
  agentId: string,
  limit: number,
  before?: BookPlace,
): Promise<BookLine[]> {
  const moved = await selectTransactions(
    tx,
    and(eq(transactions.agentId, agentId), earlier(transactions, before)),
  )
    .orderBy(desc(transactions.createdAt), desc(transactions.id))
    .limit(limit)
  const unmoved = await tx
    .select({ intent: intents, symbol: assets.symbol })
    .from(intents)
    .innerJoin(assets, and(eq(assets.chain, intents.chain), eq(assets.asset, intents.asset)))
    .where(and(eq(intents.agentId, agentId), ne(intents.state, 'CONFIRMED'), earlier(intents, before)))
    .orderBy(desc(intents.createdAt), desc(intents.id))
    .limit(limit)
  const lines = [
    ...moved.map(({ transaction, symbol }): BookLine => ({
      ...toTransaction(transaction, symbol),
      status: 'CONFIRMED',
      createdAt: transaction.createdAt.toISOString(),
    })),
    ...unmoved.map(({ intent, symbol }) => toLine(intent, symbol)),
  ]
  return lines.sort((a, b) => order(b.createdAt, a.createdAt) || order(b.id, a.id)).slice(0, limit)
}

async function findTransaction(tx: Session, where: SQL): Promise<Transaction | null> {
  const [row] = await selectTransactions(tx, where).limit(1)
  return row ? toTransaction(row.transaction, row.symbol) : null
}

function selectTransactions(tx: Session, where: SQL | undefined) {
  return tx
    .select({ transaction: transactions, symbol: assets.symbol })
    .from(transactions)
    .leftJoin(assets, and(eq(assets.chain, transactions.chain), eq(assets.asset, transactions.asset)))
    .where(where)
}

function earlier(table: typeof transactions | typeof intents, place: BookPlace | undefined): SQL | undefined {
  if (!place) return undefined
  return sql`(${table.createdAt}, ${table.id}) < (${place.createdAt}::timestamptz, ${place.id}::uuid)`
}

function toTransaction(row: typeof transactions.$inferSelect, symbol: string | null): Transaction {
  const { id, intentId, type, chain, asset, quote, slippageBps, reason, positionId } = row
  return {
    id,
    intentId,
    type,
    chain,
    asset,
    symbol: symbol ?? asset,
    quote,
    baseAmount: canonical(row.baseAmount),
    quoteAmount: decimal.canonical(row.quoteAmount),
    price: canonical(row.price),
    fee: decimal.canonical(row.fee),
    slippageBps,
    priceImpact: canonical(row.priceImpact),
    reason,
    positionId,
    realised: canonical(row.realised),
    at: row.at.toISOString(),
  }
}

/** An order that moved nothing (yet): of its amounts only the one that it gives is known. */
function toLine(intent: typeof intents.$inferSelect, symbol: string): BookLine {
  const { id, side, chain, asset, quote, reason, positionId, state, createdAt } = intent
  const amount = decimal.canonical(intent.amount)
  return {
    id,
    intentId: id,
    type: side === 'buy' ? 'BUY' : 'SELL',
    status: state,
    chain,
    asset,
    symbol,
    quote,
    baseAmount: side === 'sell' ? amount : null,
    quoteAmount: side === 'buy' ? amount : null,
    price: null,
    fee: null,
    slippageBps: null,
    priceImpact: null,
    reason,
    positionId,
    realised: null,
    at: createdAt.toISOString(),
    createdAt: createdAt.toISOString(),
  }
}

function canonical(text: string | null): string | null {
  return text === null ? null : decimal.canonical(text)
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
