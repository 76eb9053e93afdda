import { beginsWith, type Rows, type Truth } from '../truth.ts'

interface Answer {
  readonly rows: unknown[]
}

/** What runs a statement: the database, or a transaction. */
interface PgliteQueryable {
  query(statement: string, parameters?: unknown[]): Promise<Answer>
  exec(statements: string): Promise<readonly Answer[]>
}

/** What the adapter calls of a `PGlite`. */
export interface PgliteLike extends PgliteQueryable {
  transaction(body: never): Promise<unknown>
}

/**
 * A `PGlite` as the truth: PostgreSQL in this process, for tests and for one process alone. Loaders and the bodies of
 * writes get what has its `query` and `exec`.
 *
 * It has one session. Whoever asks the database itself inside the body of a write, a strong `get` that misses
 * included, waits for that write, and so for itself: use the session of the body.
 */
export function pgliteTruth<Database extends PgliteLike>(
  db: Database,
): Truth<Pick<Database, 'query' | 'exec'>> {
  type Session = Pick<Database, 'query' | 'exec'>
  const database = db as unknown as {
    transaction<Result>(body: (tx: Session) => Promise<Result>): Promise<Result>
  }
  return {
    name: 'postgres (pglite)',
    isOneSession: true,
    session: db,
    transaction: (body, options = {}) =>
      database.transaction(async (tx) => {
        const first = beginsWith(options)
        if (first !== undefined) await tx.exec(first)
        return body(tx)
      }),
    async query(session, statement, parameters = []) {
      return (await session.query(statement, [...parameters])).rows as Rows
    },
    async queryAll(session, statements) {
      return (await session.exec(statements.join('; '))).map(({ rows }) => rows as Rows)
    },
  }
}
