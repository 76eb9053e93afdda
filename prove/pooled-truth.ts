import type { Rows, Truth } from 'holdfast'
import type pg from 'pg'

/** What runs a statement: a pool, or a connection in a transaction. */
export type Session = pg.Pool | pg.PoolClient

/** A pool of node-postgres as the truth. Only connections that are surely idle go back to the pool. */
export function pooledTruth(pool: pg.Pool): Truth<Session> {
  return {
    name: 'postgres (pg)',
    session: pool,
    async transaction(body, options = {}) {
      const client = await pool.connect()
      let isIdle = false
      try {
        const isolation = options.isolation ? ` ISOLATION LEVEL ${options.isolation}` : ''
        await client.query(`BEGIN${isolation}${options.readOnly === true ? ' READ ONLY' : ''}`)
        const result = await body(client).catch(async (error: unknown) => {
          await client.query('ROLLBACK').then(
            () => (isIdle = true),
            () => undefined,
          )
          throw error
        })
        // Of a transaction that a swallowed error has doomed it is a ROLLBACK, and no error: drivers do not look.
        await client.query('COMMIT')
        isIdle = true
        return result
      } finally {
        client.release(!isIdle)
      }
    },
    async query(session, statement, parameters = []) {
      return (await session.query(statement, [...parameters])).rows as Rows
    },
    async queryAll(session, statements) {
      const results = (await session.query(statements.join('; '))) as unknown as readonly pg.QueryResult[]
      return results.map(({ rows }) => rows as Rows)
    },
  }
}
