import { sql } from 'drizzle-orm'
import { bigint, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'

/** People who sign in. `email` is stored in lower case. */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    email: text('email').notNull(),
    passwordHash: text('password_hash').notNull(),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex('users_email').on(table.email)],
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
    /** Grows by one with each change of what its owner decides. */
    version: bigint('version', { mode: 'number' }).notNull().default(1),
    createdAt: createdAt(),
  },
  (table) => [index('agents_user').on(table.userId, table.createdAt)],
)
