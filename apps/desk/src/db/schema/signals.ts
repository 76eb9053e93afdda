import { bigint, bigserial, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { agents, users } from './accounts.ts'
import { asset, chain, createdAt, updatedAt } from './columns.ts'
import { intents } from './trades.ts'

/** Advice to trade, from outside. */
export const signals = pgTable(
  'signals',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    chain: chain(),
    asset: asset(),
    type: text('type').notNull(),
    /** 1, weak, to 5, strong. */
    strength: integer('strength').notNull(),
    source: text('source').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('signals_recent').on(table.userId, table.chain, table.asset, table.createdAt)],
)

/** What each agent made of a signal: one row an agent, so none acts on it twice. */
export const signalExecutions = pgTable(
  'signal_executions',
  {
    signalId: bigint('signal_id', { mode: 'number' })
      .notNull()
      .references(() => signals.id, { onDelete: 'cascade' }),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    status: text('status', { enum: ['PENDING', 'EXECUTED', 'FAILED', 'SKIPPED'] })
      .notNull()
      .default('PENDING'),
    intentId: uuid('intent_id').references(() => intents.id, { onDelete: 'cascade' }),
    /** Why it was skipped or failed. */
    reason: text('reason'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    primaryKey({ columns: [table.signalId, table.agentId] }),
    index('signal_executions_status').on(table.status, table.createdAt),
  ],
)
