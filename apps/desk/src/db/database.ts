import type { ExtractTablesWithRelations } from 'drizzle-orm'
import type { NodePgDatabase, NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import type { Clock } from 'holdfast'
import pg from 'pg'
import { withinDeadline } from '../timing/deadline.ts'
import { type Ownership, type OwnershipState, takeOwnership } from './ownership.ts'
import { pooled } from './pooled.ts'
import type * as schema from './schema.ts'

/** The desk's truth, typed by its schema. */
export type Database = NodePgDatabase<typeof schema>

/** What runs statements: a transaction, or the pool outside of one. */
export type Session = PgDatabase<
  NodePgQueryResultHKT,
  typeof schema,
  ExtractTablesWithRelations<typeof schema>
>

/** A pool of connections to the truth. */
export interface OpenDatabase {
  readonly db: Database
  /** Resolves when PostgreSQL answers a request of ours; rejects when it does not in time. */
  ping(): Promise<void>
  /**
   * Takes a lock of PostgreSQL until `close`: `alone`, or `together` with others that said `together`. False when
   * somebody else's hold does not allow it. Called once.
   */
  own(lockId: number, how: 'alone' | 'together'): Promise<boolean>
  /** What became of the lock since: see `Ownership`. Null when none was taken. */
  ownership(): OwnershipState | null
  /** Ends all connections. A server that does not answer is not waited for. */
  close(): Promise<void>
}

const POOL_SIZE = 10
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
/** For a server that hangs, and so cannot keep to the limit above. */
const ANSWER_TIMEOUT_MS = 20_000
/** For our own side: a transaction whose body hangs must not hold its rows, nor hold back reads, for ever. */
const IDLE_TRANSACTION_TIMEOUT_MS = 20_000
const PING_TIMEOUT_MS = 2_000
const CLOSE_TIMEOUT_MS = 3_000

/**
 * Connects to PostgreSQL.
 *
 * @throws Error of `pg` when it cannot be reached.
 */
export async function openDatabase(url: string, clock: Clock): Promise<OpenDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    application_name: 'holdfast-desk',
  })
  // A connection that breaks while it is idle is replaced at the next use; who needs it then gets the error.
  pool.on('error', () => undefined)
  // One that breaks between two statements of a transaction says so to nobody else: that would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  let owner: Ownership | null = null

  const close = (): Promise<void> => {
    const ended = Promise.all([pool.end(), owner?.close()]).then(() => undefined)
    return withinDeadline(clock, CLOSE_TIMEOUT_MS, ended, () => new Error('PostgreSQL did not say goodbye'))
  }

  try {
    await pool.query('SELECT 1')
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
  return {
    db: pooled(pool),
    close,
    async ping() {
      await withinDeadline(clock, PING_TIMEOUT_MS, pool.query('SELECT 1'), () => {
        return new Error(`no answer within ${PING_TIMEOUT_MS} ms`)
      })
    },
    async own(lockId, how) {
      owner = await takeOwnership({ url, lockId, how, clock })
      return owner !== null
    },
    ownership: () => owner?.state() ?? null,
  }
}
