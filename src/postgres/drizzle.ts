import type { Rows, Truth } from '../truth.ts'
import { onConnection, type PgClient, type PgPool } from './on-connection.ts'

/** What the adapter calls of a Drizzle database on PostgreSQL (node-postgres, PGlite, postgres.js). */
export interface DrizzleLike<Session> {
  transaction<Result>(
    body: (tx: never) => Promise<Result>,
    config?: { isolationLevel?: string; accessMode?: string } & Record<string, unknown>,
  ): Promise<Result>
  execute(statement: string): PromiseLike<unknown>
  /** Never there: gives `Session` a place in the type. */
  readonly holdfastSession?: Session
}

/**
 * A Drizzle database as the truth. `Session` is the type that loaders and the bodies of writes get: one that both the
 * database and its transactions have, such as `PgDatabase<NodePgQueryResultHKT, typeof schema>`.
 *
 * The database must be the primary, and its driver must have limits of its own: a statement timeout, and one for
 * transactions that idle.
 */
export function drizzleTruth<Session extends { execute(statement: string): PromiseLike<unknown> }>(
  db: Session & { transaction(...parameters: never[]): Promise<unknown> },
): Truth<Session> {
  const database = db as unknown as DrizzleLike<Session>
  const pooled = isNodePostgres(db) ? pooledSession(db) : undefined
  return {
    name: 'postgres (drizzle)',
    isOneSession: kindOf(db) === 'PgliteDatabase',
    session: db,
    transaction(body, options = {}) {
      const config = {
        ...(options.isolation && { isolationLevel: options.isolation }),
        ...(options.readOnly && { accessMode: 'read only' }),
      }
      // On PGlite an empty one becomes a statement that is none.
      const given = Object.keys(config).length > 0 ? [config] : []
      if (!pooled) return database.transaction(body, ...given)
      return onConnection(pooled.pool, (client, begun) => {
        const begunBody: typeof body = (tx) => {
          begun()
          return body(tx)
        }
        return pooled.sessionOn(client).transaction(begunBody, ...given)
      })
    },
    async query(session, statement, parameters = []) {
      const result = await session.execute(
        parameters.length === 0 ? statement : withParameters(statement, parameters),
      )
      // node-postgres and PGlite answer with a result, postgres.js with the rows themselves.
      return (Array.isArray(result) ? result : (result as { rows: unknown }).rows) as Rows
    },
    ...(isNodePostgres(db) && {
      async queryAll(session: Session, statements: readonly string[]): Promise<Rows[]> {
        // A text without parameters goes as a simple query, which may hold several statements.
        const results = await session.execute(statements.join('; '))
        return (results as readonly { readonly rows: Rows }[]).map(({ rows }) => rows)
      },
    }),
  }
}

/**
 * A statement of our own with its parameters, as Drizzle takes it: what it asks of an SQL object is the query that it
 * comes to. The types of this adapter name a text alone, so that they fit every version.
 */
function withParameters(statement: string, parameters: readonly unknown[]): string {
  const query = { toQuery: () => ({ sql: statement, params: [...parameters] }) }
  return { getSQL: () => query } as unknown as string
}

/** Runs transactions on one connection. */
type Transactions = Pick<DrizzleLike<unknown>, 'transaction'>

/** What Drizzle's own transactions stand on: a pool, and what makes them run on one of its connections. */
interface PooledSession {
  readonly pool: PgPool<PgClient>
  sessionOn(client: PgClient): Transactions
}

/**
 * Drizzle's transaction on a pool never gives a connection back whose BEGIN failed, until the pool is empty for good;
 * and gives back one whose ROLLBACK had no answer. So the connection is ours, and Drizzle runs its transaction there.
 * Undefined for a database on one client, and where this version of Drizzle is built otherwise: then as it does it.
 */
function pooledSession(db: object): PooledSession | undefined {
  const { session } = db as { session?: DrizzleSession }
  const pool = session?.client
  if (!session || typeof pool?.connect !== 'function' || !('totalCount' in pool)) return undefined
  const Session = session.constructor
  return {
    pool: pool as PgPool<PgClient>,
    sessionOn: (client) => new Session(client, session.dialect, session.schema, session.options),
  }
}

/** What Drizzle runs statements with: `NodePgSession`. */
interface DrizzleSession {
  readonly client?: { readonly connect?: unknown }
  readonly dialect: unknown
  readonly schema: unknown
  readonly options: unknown
  readonly constructor: new (
    client: PgClient,
    dialect: unknown,
    schema: unknown,
    options: unknown,
  ) => Transactions
}

/** Drizzle marks its classes, so that they can be told apart across copies of the package. */
function kindOf(db: object): unknown {
  const { constructor } = db as { constructor?: { readonly [Kind in symbol]?: unknown } }
  return constructor?.[Symbol.for('drizzle:entityKind')]
}

function isNodePostgres(db: object): boolean {
  return kindOf(db) === 'NodePgDatabase'
}
