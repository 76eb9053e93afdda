import { and, eq, type SQL } from 'drizzle-orm'
import * as decimal from '../domain/decimal.ts'
import type { TradeStatus, Transaction } from '../domain/trade.ts'
import type { Session } from './database.ts'
import { assets, intents, transactions } from './schema.ts'

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

async function findTransaction(tx: Session, where: SQL): Promise<Transaction | null> {
  const [row] = await tx
    .select({ transaction: transactions, symbol: assets.symbol })
    .from(transactions)
    .leftJoin(assets, and(eq(assets.chain, transactions.chain), eq(assets.asset, transactions.asset)))
    .where(where)
    .limit(1)
  return row ? toTransaction(row.transaction, row.symbol) : null
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

function canonical(text: string | null): string | null {
  return text === null ? null : decimal.canonical(text)
}
