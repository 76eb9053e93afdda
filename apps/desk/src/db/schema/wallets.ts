import { pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { agents } from './accounts.ts'
import { chain, createdAt } from './columns.ts'

/** Where an agent's money is: one wallet of each kind on a chain. Addresses of paper wallets begin with `paper_`. */
export const wallets = pgTable(
  'wallets',
  {
    address: text('address').primaryKey(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    chain: chain(),
    kind: text('kind', { enum: ['paper', 'live'] }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [unique('wallets_one_of_a_kind').on(table.agentId, table.chain, table.kind)],
)
