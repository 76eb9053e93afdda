import { bigserial, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { decimal, time } from './columns.ts'

/**
 * The paper venue's own book. No table of the desk refers to it and it refers to none: it is written over a
 * connection of its own, before the desk knows, as a venue's would be.
 */
export const paperOrders = pgTable('paper_orders', {
  clientOrderId: text('client_order_id').primaryKey(),
  orderNumber: bigserial('order_number', { mode: 'number' }).notNull(),
  state: text('state', { enum: ['filled', 'rejected', 'cancelled'] }).notNull(),
  /** Why nothing was executed. */
  reason: text('reason'),
  /** Null, as all that follows, for an order that was cancelled before it arrived. */
  chain: text('chain'),
  asset: text('asset'),
  side: text('side', { enum: ['buy', 'sell'] }),
  price: decimal('price'),
  baseAmount: decimal('base_amount'),
  quoteAmount: decimal('quote_amount'),
  fee: decimal('fee'),
  slippageBps: integer('slippage_bps'),
  priceImpact: decimal('price_impact'),
  at: time('at').notNull(),
})
