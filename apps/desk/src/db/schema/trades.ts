/** Orders and positions: what agents set out to do, and what they hold. */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { INTENT_STATES, TRADE_REASONS, type Reference, type TradeFailure } from '../../domain/trade.ts'
import { agents, users } from './accounts.ts'
import { assets } from './assets.ts'
import { asset, chain, decimal, listedAt, time, updatedAt } from './columns.ts'
import { wallets } from './wallets.ts'

/** What an agent holds of an asset. A row stays when it is closed; only one is open for a wallet and asset. */
export const positions = pgTable(
  'positions',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    wallet: text('wallet')
      .notNull()
      .references(() => wallets.address, { onDelete: 'cascade' }),
    chain: chain(),
    asset: asset(),
    status: text('status', { enum: ['open', 'closed'] })
      .notNull()
      .default('open'),
    amount: decimal('amount').notNull(),
    bought: decimal('bought').notNull(),
    cost: decimal('cost').notNull(),
    entryPrice: decimal('entry_price').notNull(),
    peakPrice: decimal('peak_price').notNull(),
    lowPrice: decimal('low_price').notNull(),
    realised: decimal('realised').notNull().default('0'),
    dcaCount: integer('dca_count').notNull().default(0),
    lastDcaAt: time('last_dca_at'),
    levelsHit: integer('levels_hit').array().notNull().default([]),
    moonbag: boolean('moonbag').notNull().default(false),
    /** The largest fencing token of a sale so far: a smaller one comes too late. */
    fence: bigint('fence', { mode: 'bigint' })
      .notNull()
      .default(sql`0`),
    /** Grows by one with each change of amount. */
    version: bigint('version', { mode: 'number' }).notNull().default(1),
    openedAt: time('opened_at').notNull(),
    closedAt: time('closed_at'),
    closeReason: text('close_reason'),
  },
  (table) => [
    foreignKey({ columns: [table.chain, table.asset], foreignColumns: [assets.chain, assets.asset] }),
    uniqueIndex('positions_one_open')
      .on(table.wallet, table.asset)
      .where(sql`${table.status} = 'open'`),
    index('positions_open_of_asset')
      .on(table.chain, table.asset)
      .where(sql`${table.status} = 'open'`),
    index('positions_agent').on(table.agentId, table.openedAt),
    check(
      'positions_closed_are_empty',
      sql`${table.amount} >= 0 AND (${table.status} = 'closed') = (${table.amount} = 0)`,
    ),
  ],
)

/**
 * Orders, from before anything is sent. The venue knows one by its `client_order_id` and executes that once. While
 * one is not final, no other may be begun for its wallet and asset: so 50 sales of a position are one.
 */
export const intents = pgTable(
  'intents',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    clientOrderId: text('client_order_id')
      .notNull()
      .generatedAlwaysAs(sql`id::text`),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    idempotencyKey: text('idempotency_key').notNull(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    positionId: uuid('position_id').references(() => positions.id, { onDelete: 'cascade' }),
    wallet: text('wallet')
      .notNull()
      .references(() => wallets.address, { onDelete: 'cascade' }),
    chain: chain(),
    asset: asset(),
    quote: text('quote').notNull(),
    side: text('side', { enum: ['buy', 'sell'] }).notNull(),
    /** What is reserved until the end. Buy: the quote to spend, fee included. Sell: the asset. */
    amount: decimal('amount').notNull(),
    reason: text('reason', { enum: TRADE_REASONS }).notNull(),
    state: text('state', { enum: INTENT_STATES }).notNull().default('PREPARED'),
    reference: jsonb('reference').$type<Reference>().notNull(),
    maxSlippageBps: integer('max_slippage_bps'),
    /** What the position notes when this is executed. */
    levels: integer('levels').array().notNull().default([]),
    moonbag: boolean('moonbag').notNull().default(false),
    error: jsonb('error').$type<TradeFailure>(),
    createdAt: listedAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({ columns: [table.chain, table.asset], foreignColumns: [assets.chain, assets.asset] }),
    uniqueIndex('intents_client_order').on(table.clientOrderId),
    uniqueIndex('intents_one_in_flight')
      .on(table.wallet, table.asset)
      .where(sql`${table.state} IN ('PREPARED', 'SUBMITTED', 'UNKNOWN')`),
    index('intents_open')
      .on(table.updatedAt)
      .where(sql`${table.state} IN ('PREPARED', 'SUBMITTED', 'UNKNOWN')`),
    index('intents_key').on(table.userId, table.idempotencyKey),
    index('intents_agent').on(table.agentId, table.createdAt, table.id),
    check('intents_amount_positive', sql`${table.amount} > 0`),
  ],
)
