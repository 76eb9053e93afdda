import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import * as schema from './schema.ts'

/** The desk's truth, typed by its schema. */
export type Database = NodePgDatabase<typeof schema>

/** A pool of connections to the truth. */
export interface OpenDatabase {
  readonly db: Database
  /** Resolves when PostgreSQL answers; rejects within two seconds when it does not. */
  ping(): Promise<void>
  /**
   * Holds a lock of PostgreSQL for as long as this process lives; false when another process holds it. For state in
   * memory, of which there must be one owner.
   */
  tryOwn(lockId: number): Promise<boolean>
  close(): Promise<void>
}

const POOL_SIZE = 10
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
const PING_TIMEOUT_MS = 2_000

/**
 * Connects to PostgreSQL.
 *
 * @throws Error of `pg` when it cannot be reached.
 */
export async function openDatabase(url: string): Promise<OpenDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'holdfast-desk',
  })
  // A connection that breaks while it is idle is replaced at the next use; who needs it then gets the error.
  pool.on('error', () => undefined)
  let owner: pg.Client | undefined
  try {
    await pool.query('SELECT 1')
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    db: drizzle(pool, { schema }),
    async ping() {
      const client = new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: PING_TIMEOUT_MS,
        query_timeout: PING_TIMEOUT_MS,
      })
      client.on('error', () => undefined)
      try {
        await client.connect()
        await client.query('SELECT 1')
      } finally {
        await client.end().catch(() => undefined)
      }
    },
    async tryOwn(lockId) {
      owner ??= new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
      })
      owner.on('error', () => undefined)
      await owner.connect()
      const { rows } = await owner.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        lockId,
      ])
      return rows[0]?.locked === true
    },
    async close() {
      await owner?.end().catch(() => undefined)
      await pool.end()
    },
  }
}
