/**
 * Money: what wallets hold, and every movement of it. Invariant: a balance's `amount` is the sum of its ledger
 * lines; both change in one transaction, and the ledger is only added to.
 */
import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { agents } from './accounts.ts'
import { asset, chain, decimal, listedAt, time, updatedAt } from './columns.ts'
import { intents, positions } from './trades.ts'
import { wallets } from './wallets.ts'

/** What a wallet holds of an asset, or of a currency (then `asset` is its symbol). All arithmetic happens here. */
export const balances = pgTable(
  'balances',
  {
    wallet: text('wallet')
      .notNull()
      .references(() => wallets.address, { onDelete: 'cascade' }),
    asset: asset(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    amount: decimal('amount').notNull().default('0'),
    /** Set aside for orders under way. */
    reserved: decimal('reserved').notNull().default('0'),
    /** Grows by one with each change. */
    version: bigint('version', { mode: 'number' }).notNull().default(0),
    updatedAt: updatedAt(),
  },
  (table) => [
    primaryKey({ columns: [table.wallet, table.asset] }),
    index('balances_agent').on(table.agentId),
    check('balances_not_negative', sql`${table.amount} >= 0`),
    check('balances_reserved_is_there', sql`${table.reserved} >= 0 AND ${table.reserved} <= ${table.amount}`),
  ],
)

/** What moved, once it has: deposits, and orders as they were executed. At most one for an intent, for ever. */
export const transactions = pgTable(
  'transactions',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    intentId: uuid('intent_id')
      .unique('transactions_intent')
      .references(() => intents.id, { onDelete: 'cascade' }),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    wallet: text('wallet').notNull(),
    chain: chain(),
    asset: asset(),
    type: text('type', { enum: ['DEPOSIT', 'BUY', 'SELL'] }).notNull(),
    quote: text('quote').notNull(),
    baseAmount: decimal('base_amount'),
    quoteAmount: decimal('quote_amount').notNull(),
    price: decimal('price'),
    fee: decimal('fee').notNull().default('0'),
    slippageBps: integer('slippage_bps'),
    priceImpact: decimal('price_impact'),
    venueOrderId: text('venue_order_id'),
    reason: text('reason').notNull(),
    positionId: uuid('position_id').references(() => positions.id, { onDelete: 'cascade' }),
    /** Profit or loss in the quote; sells only. */
    realised: decimal('realised'),
    /** When the venue executed it. */
    at: time('at').notNull(),
    createdAt: listedAt(),
  },
  (table) => [
    foreignKey({ columns: [table.wallet], foreignColumns: [wallets.address] }).onDelete('cascade'),
    index('transactions_agent').on(table.agentId, table.createdAt, table.id),
    index('transactions_deposits')
      .on(table.agentId)
      .where(sql`${table.type} = 'DEPOSIT'`),
  ],
)

/** Lines of transactions: what each added to a balance, or took from it. Never changed, never removed. */
export const ledger = pgTable(
  'ledger',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    transactionId: uuid('transaction_id')
      .notNull()
      .references(() => transactions.id, { onDelete: 'cascade' }),
    wallet: text('wallet')
      .notNull()
      .references(() => wallets.address, { onDelete: 'cascade' }),
    asset: asset(),
    delta: decimal('delta').notNull(),
  },
  (table) => [
    unique('ledger_once').on(table.transactionId, table.wallet, table.asset),
    index('ledger_balance').on(table.wallet, table.asset),
  ],
)

/** What an agent was worth at the end of a minute, in USDC. */
export const equity = pgTable(
  'equity',
  {
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    /** The minute. */
    at: time('at').notNull(),
    value: decimal('value').notNull(),
  },
  (table) => [primaryKey({ columns: [table.agentId, table.at] })],
)
