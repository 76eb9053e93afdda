import type { Truth } from 'holdfast'
import pg from 'pg'

/** What loaders and bodies of writes get: a connection in a transaction, or the pool. */
export type Session = Pick<pg.Pool, 'query'>

/** PostgreSQL through the bare driver: what is measured beside it pays for nothing else. */
export function pgTruth(pool: pg.Pool): Truth<Session> {
  return {
    name: 'postgres (pg)',
    session: pool,
    async transaction(body, { isolation, readOnly = false } = {}) {
      const client = await pool.connect()
      try {
        const level = isolation ? ` ISOLATION LEVEL ${isolation}` : ''
        await client.query(`BEGIN${level}${readOnly ? ' READ ONLY' : ''}`)
        try {
          const result = await body(client)
          await client.query('COMMIT')
          return result
        } catch (error) {
          await client.query('ROLLBACK')
          throw error
        }
      } finally {
        client.release()
      }
    },
    async query(session, statement) {
      return (await session.query<Record<string, unknown>>(statement)).rows
    },
  }
}

/** A truth that only the gate asks: for rows whose loaders need none. */
export function gateOnly(url: string): { readonly truth: Truth<Session>; close(): Promise<void> } {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  return { truth: pgTruth(pool), close: () => pool.end() }
}

/** The same truth, and how many statements it was asked to send. */
export function countingStatements<Session>(truth: Truth<Session>): {
  readonly truth: Truth<Session>
  count(): number
} {
  let count = 0
  const query: Truth<Session>['query'] = (session, statement) => {
    count++
    return truth.query(session, statement)
  }
  return { truth: { ...truth, query }, count: () => count }
}
