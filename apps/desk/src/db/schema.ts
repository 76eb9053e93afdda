import { sql } from 'drizzle-orm'
import {
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

// The desk's truth. Times are `timestamptz`; who is who is a uuid made by PostgreSQL.

const createdAt = timestamp('created_at', { withTimezone: true }).notNull().defaultNow()

/** People who sign in. `email` is stored in lower case. */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    email: text('email').notNull(),
    passwordHash: text('password_hash').notNull(),
    createdAt,
  },
  (table) => [uniqueIndex('users_email').on(table.email)],
)

/** What can be traded: a chain and a normalised address, or the symbol of a pair on an exchange. */
export const assets = pgTable(
  'assets',
  {
    chain: text('chain').notNull(),
    asset: text('asset').notNull(),
    symbol: text('symbol').notNull(),
    name: text('name').notNull(),
    decimals: integer('decimals').notNull(),
    quote: text('quote').notNull(),
    priceDecimals: integer('price_decimals').notNull(),
  },
  (table) => [primaryKey({ columns: [table.chain, table.asset] })],
)

/** Trading agents of a user. `status` decides whether one trades; anything but `active` means no. */
export const agents = pgTable(
  'agents',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    mode: text('mode', { enum: ['paper', 'live'] })
      .notNull()
      .default('paper'),
    status: text('status', { enum: ['active', 'paused'] })
      .notNull()
      .default('paused'),
    strategy: text('strategy').notNull().default(''),
    config: jsonb('config')
      .notNull()
      .default(sql`'{}'::jsonb`),
    createdAt,
  },
  (table) => [index('agents_user').on(table.userId, table.createdAt)],
)
