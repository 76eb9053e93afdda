/**
 * The paper venue's book. It has connections of its own and knows nothing of the desk's transactions: as with a real
 * venue, what was executed stays executed when the desk dies before it has written it down.
 */
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import * as decimal from '../../domain/decimal.ts'
import { paperOrders } from '../../db/schema.ts'
import type { Execution } from '../executor.ts'

/** A line of the book, as it is to be entered. */
export type BookEntry = Omit<typeof paperOrders.$inferInsert, 'orderNumber'>

/** The book. */
export interface PaperBook {
  /** Enters an order, unless its id is there already. What became of that id, for ever. */
  enter(entry: BookEntry): Promise<Execution>
  find(clientOrderId: string): Promise<Execution | null>
  close(): Promise<void>
}

const CONNECTIONS = 4
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 5_000
const ANSWER_TIMEOUT_MS = 6_000

/** Opens the book in the database at `url`. */
export function openPaperBook(url: string): PaperBook {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    application_name: 'holdfast-desk paper venue',
  })
  // A connection that breaks is replaced at the next use; who needs it then gets the error.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = drizzle(pool, { schema: { paperOrders } })

  const find = async (clientOrderId: string): Promise<Execution | null> => {
    const [row] = await db.select().from(paperOrders).where(eq(paperOrders.clientOrderId, clientOrderId))
    return row ? toExecution(row) : null
  }
  return {
    find,
    async enter(entry) {
      const [row] = await db.insert(paperOrders).values(entry).onConflictDoNothing().returning()
      const execution = row ? toExecution(row) : await find(entry.clientOrderId)
      if (!execution) throw new Error(`the book has no order ${entry.clientOrderId}`)
      return execution
    },
    close: () => pool.end(),
  }
}

function toExecution(row: typeof paperOrders.$inferSelect): Execution {
  const { state, price, baseAmount, quoteAmount, fee, slippageBps, priceImpact } = row
  if (state !== 'filled') return { state, reason: row.reason ?? state }
  return {
    state,
    orderId: `paper-${row.orderNumber}`,
    price: decimal.canonical(price ?? '', 'price'),
    baseAmount: decimal.canonical(baseAmount ?? '', 'baseAmount'),
    quoteAmount: decimal.canonical(quoteAmount ?? '', 'quoteAmount'),
    fee: decimal.canonical(fee ?? '', 'fee'),
    slippageBps: slippageBps ?? 0,
    priceImpact: decimal.canonical(priceImpact ?? '', 'priceImpact'),
    at: row.at.toISOString(),
  }
}
