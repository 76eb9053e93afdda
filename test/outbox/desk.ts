import { sql } from 'drizzle-orm'
import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import { open, type OpenOptions, type State, type StoreFactory, topic, type Truth } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { z } from 'zod'

/** What runs a statement. */
export type Session = PgDatabase<NodePgQueryResultHKT>

/** Each change of an agent's account, by its number there. */
export const moves = topic({
  key: 'moves:{agent}',
  about: 'What changed in the account of an agent.',
  value: z.object({ version: z.number(), note: z.string().max(200) }),
  history: '1h',
  maxLength: 100_000,
  maxEventSize: '1kB',
})

/** The state of a test. */
export type Desk = State<{ readonly moves: typeof moves }, Session>

/** Agents in a database, whose changes are told. */
export interface Agents {
  readonly pool: pg.Pool
  readonly truth: Truth<Session>
  open(store: StoreFactory, options?: Partial<OpenOptions<{ moves: typeof moves }, Session>>): Promise<Desk>
  close(): Promise<void>
}

/** Makes the table in a database that may have it. */
export async function openAgents(url: string): Promise<Agents> {
  const pool = new pg.Pool({ connectionString: url, max: 10, statement_timeout: 10_000 })
  pool.on('error', () => undefined)
  await pool.query('CREATE TABLE IF NOT EXISTS agent (id text PRIMARY KEY, version integer NOT NULL)')
  const truth = drizzleTruth<Session>(drizzle(pool))
  return {
    pool,
    truth,
    open: (store, options = {}) => open({ moves }, { store, truth, ...options }),
    close: () => pool.end(),
  }
}

/** Counts an agent's version on, and tells so: the version. */
export async function move(desk: Desk, agent: string, fails?: () => Promise<unknown>): Promise<number> {
  return desk.write(async (tx, changes) => {
    const { rows } = await tx.execute<{ version: number }>(
      sql`INSERT INTO agent (id, version) VALUES (${agent}, 1)
          ON CONFLICT (id) DO UPDATE SET version = agent.version + 1 RETURNING version`,
    )
    const version = rows[0]?.version ?? 0
    changes.emit(moves, { agent }, { version, note: `it's "version" \\ ${version}` })
    await fails?.()
    return version
  })
}
