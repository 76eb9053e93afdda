import { sql } from 'drizzle-orm'
import { drill } from './kill-drill.ts'

// The paper venue's own book is written over its own connection: it knows what was executed, whoever died.
drill(
  () => ({}),
  async (db, intentId) => {
    const { rows } = await db.execute<{ fills: number }>(
      sql`SELECT count(*)::integer AS fills FROM paper_orders WHERE client_order_id = ${intentId} AND state = 'filled'`,
    )
    return rows[0]?.fills ?? -1
  },
)
