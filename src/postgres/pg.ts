import { WriteRolledBackError } from '../core/errors.ts'
import type { Rows, TransactionOptions, Truth } from '../truth.ts'
import { onConnection, type PgClient } from './on-connection.ts'

interface Answer {
  readonly rows: unknown[]
  readonly command?: string
}

/** What runs a statement: the pool, or a connection in a transaction. */
interface Queryable {
  query(statement: string, values?: unknown[]): Promise<Answer>
}

/** What the adapter calls of a `Pool` of node-postgres. */
export interface PgPoolLike extends Queryable {
  connect(): Promise<PgClient & Queryable>
}

/**
 * A `Pool` of node-postgres (`pg`) as the truth. Loaders and the bodies of writes get what has its `query`: the pool,
 * or the connection of the transaction.
 *
 * The pool must lead to the primary, and have limits of its own: `connectionTimeoutMillis`, `statement_timeout`,
 * `query_timeout`, `idle_in_transaction_session_timeout`.
 */
export function pgTruth<Pool extends PgPoolLike>(pool: Pool): Truth<Pick<Pool, 'query'>> {
  return {
    name: 'postgres (pg)',
    session: pool,
    noticesRollback: true,
    transaction: (body, options = {}) =>
      onConnection(pool, async (client, begun) => {
        await client.query(begin(options))
        begun()
        try {
          // A connection has the `query` of its pool.
          const result = await body(client)
          const { command } = await client.query('COMMIT')
          if (command === 'ROLLBACK')
            throw new WriteRolledBackError(new Error('PostgreSQL answered COMMIT with ROLLBACK'))
          return result
        } catch (error) {
          // Without an answer the connection is closed, and PostgreSQL rolls back by itself.
          await client.query('ROLLBACK').catch(() => undefined)
          throw error
        }
      }),
    async query(session, statement, parameters = []) {
      // A text without parameters goes as a simple query, which costs one message.
      const { rows } = await (parameters.length === 0
        ? session.query(statement)
        : session.query(statement, [...parameters]))
      return rows as Rows
    },
    async queryAll(session, statements) {
      const answers = (await session.query(statements.join('; '))) as unknown as readonly Answer[]
      return answers.map(({ rows }) => rows as Rows)
    },
  }
}

function begin({ isolation, readOnly = false }: TransactionOptions): string {
  const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`
  return `BEGIN${level}${readOnly ? ' READ ONLY' : ''}`
}
