import pg from 'pg'
import { inject } from 'vitest'

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
