import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'

// Beside `src` and `dist`, so that the same path serves both.
const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
/** Any number that nobody else uses as an advisory lock of this database: "hf" and a counter. */
const MIGRATION_LOCK = 0x6866_0001
const STATEMENT_TIMEOUT_MS = 60_000

/** Brings the schema up to date. Several processes may call it at once: one works, the others wait for it. */
export async function migrate(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
    application_name: 'holdfast-desk migration',
  })
  // A connection that breaks fails the statement in flight; the event alone would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await applyMigrations(drizzle(client), { migrationsFolder: FOLDER })
  } finally {
    // Ends the session, and with it the lock.
    await client.end()
  }
}
