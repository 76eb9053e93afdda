import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import * as schema from './schema.ts'

type Pooled = NodePgDatabase<typeof schema>

/**
 * Drizzle on a pool, with transactions that give back sound connections only. Those of Drizzle itself never give one
 * back whose BEGIN failed, until the pool is empty for good; and they give back one whose ROLLBACK had no answer: with
 * its transaction still open, so that the COMMIT of whoever is next would commit what was given up.
 */
export function pooled(pool: pg.Pool): Pooled {
  const db: Pooled = drizzle(pool, { schema })
  const sessions = new WeakMap<pg.PoolClient, Pooled>()
  const sessionOf = (client: pg.PoolClient): Pooled => {
    const session = sessions.get(client) ?? drizzle(client, { schema })
    sessions.set(client, session)
    return session
  }
  const transaction: Pooled['transaction'] = async (body, config) => {
    const client = await pool.connect()
    let hasBegun = false
    try {
      return await sessionOf(client).transaction((tx) => {
        hasBegun = true
        return body(tx)
      }, config)
    } finally {
      // What was sent last may still be under way, and act when nobody expects it any more.
      const isIdle = hasBegun && client.getTransactionStatus() === 'I'
      client.release(!isIdle)
    }
  }
  return Object.assign(db, { transaction })
}
