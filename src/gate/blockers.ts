import type { Truth } from '../truth.ts'

/** A transaction that keeps the gate from opening: it began before, and may have skipped the fence. */
export interface Blocker {
  /** Of its server process; undefined for a prepared transaction, which has none. */
  readonly pid: number | undefined
  /** Of a prepared transaction: its name, for ROLLBACK PREPARED. */
  readonly prepared: string | undefined
  readonly database: string
  readonly user: string
  readonly ageMs: number
  /** The statement that it runs, or ran last; cut off. Empty where the role may not see it. */
  readonly query: string
}

const MOST = 5

/** The oldest transactions with an id below `boundary` that have not ended, of all databases of the server. */
export async function findBlockers<Session>(truth: Truth<Session>, boundary: bigint): Promise<Blocker[]> {
  const isOlder = (column: string): string => `age(${column}) > age('${boundary}'::xid8::xid)`
  const rows = await truth.query(
    truth.session,
    `SELECT pid, NULL AS prepared, datname AS database, usename AS "user", left(query, 120) AS query,
       (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS age
     FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND ${isOlder('backend_xid')}
     UNION ALL
     SELECT NULL, gid, database, owner, '', (extract(epoch FROM clock_timestamp() - prepared) * 1000)::float8
     FROM pg_prepared_xacts WHERE ${isOlder('transaction')}
     ORDER BY age DESC NULLS LAST LIMIT ${MOST}`,
  )
  return rows.map((row) => ({
    pid: row['pid'] === null ? undefined : Number(row['pid']),
    prepared: row['prepared'] === null ? undefined : text(row['prepared']),
    database: text(row['database']),
    user: text(row['user']),
    ageMs: Number(row['age'] ?? 0),
    query: text(row['query']),
  }))
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** For a person: who it is, and what ends it. */
export function describeBlocker({ pid, prepared, database, user, ageMs, query }: Blocker): string {
  const who =
    prepared === undefined
      ? `pid ${pid} of ${user} in ${database} (SELECT pg_terminate_backend(${pid}))`
      : `prepared transaction '${prepared}' of ${user} in ${database} (ROLLBACK PREPARED '${prepared}')`
  return `${who}, for ${Math.round(ageMs / 1_000)} s${query === '' ? '' : `: ${query}`}`
}
