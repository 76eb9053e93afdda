import pg from 'pg'
import { afterAll, inject } from 'vitest'

let databases = 0

/** A database of its own. */
export interface FreshDatabase {
  readonly url: string
  /** Ends every connection to it, and removes it. */
  drop(): Promise<void>
}

/** An empty database on the run's PostgreSQL that nobody used before. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('postgresUrl')
  const name = `t${process.env.VITEST_POOL_ID ?? '0'}_${process.pid}_${databases++}`
  await administer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = name
  return { url: url.href, drop: () => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

/** A pool on a database of its own, for the tests of one file: both go when these have ended. */
export async function poolForTests(): Promise<pg.Pool> {
  const database = await freshDatabase()
  const pool = new pg.Pool({ connectionString: database.url, query_timeout: 10_000 })
  pool.on('error', () => undefined)
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  return pool
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
