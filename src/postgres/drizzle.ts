import type { Truth } from '../truth.ts'

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
  return {
    name: 'postgres (drizzle)',
    session: db,
    transaction: (body, options = {}) =>
      database.transaction(body, {
        ...(options.isolation && { isolationLevel: options.isolation }),
        ...(options.readOnly && { accessMode: 'read only' }),
      }),
    async query(session, statement) {
      const result = await session.execute(statement)
      // node-postgres and PGlite answer with a result, postgres.js with the rows themselves.
      return (Array.isArray(result) ? result : (result as { rows: unknown }).rows) as Record<
        string,
        unknown
      >[]
    },
  }
}
