import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Rows, Truth } from '../truth.ts'
import { UsageError } from './command.ts'

/** What is needed of a client of node-postgres. */
interface Client {
  connect(): Promise<unknown>
  query(statement: string): Promise<{ readonly rows: Rows }>
  on(event: 'error', listener: () => void): unknown
  end(): Promise<unknown>
}
type ClientClass = new (options: {
  connectionString: string
  connectionTimeoutMillis: number
  query_timeout: number
}) => Client

const LIMIT_MS = 10_000

/**
 * Runs `work` on the database of `url`, over one connection of the application's own `pg`. Fails as that does.
 *
 * @throws UsageError when there is no such package where the command was started
 */
export async function withDatabase<Result>(
  url: string,
  work: (truth: Truth<Client>) => Promise<Result>,
): Promise<Result> {
  const PgClient = await findPg()
  const client = new PgClient({
    connectionString: url,
    connectionTimeoutMillis: LIMIT_MS,
    query_timeout: LIMIT_MS,
  })
  // What fails while nobody asks, the next statement tells.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work({
      name: 'postgres (pg)',
      session: client,
      transaction: () => Promise.reject(new Error('the command runs statements alone')),
      query: async (session, statement) => (await session.query(statement)).rows,
    })
  } finally {
    await client.end()
  }
}

async function findPg(): Promise<ClientClass> {
  let path: string
  try {
    path = createRequire(resolve('package.json')).resolve('pg')
  } catch {
    throw new UsageError('this command asks PostgreSQL, and needs the package pg: npm install pg')
  }
  const loaded = (await import(pathToFileURL(path).href)) as {
    readonly default: { readonly Client: ClientClass }
  }
  return loaded.default.Client
}
