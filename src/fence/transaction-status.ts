import { hasSqlState, type Truth } from '../truth.ts'

/** How a transaction stands. `forgotten`: it ended so long ago that PostgreSQL does not remember how. */
export type TransactionStatus = 'in progress' | 'committed' | 'aborted' | 'forgotten'

/**
 * How transactions stand, in the order of `ids`: 64-bit transaction ids as text. Asked outside of any transaction.
 *
 * @throws what the driver throws; also for an id that this PostgreSQL has not reached yet: it was restored from before.
 */
export async function transactionStatuses<Session>(
  truth: Truth<Session>,
  ids: readonly string[],
): Promise<TransactionStatus[]> {
  const columns = ids.map((id, index) => {
    if (!/^\d{1,20}$/.test(id)) throw new TypeError(`'${id}' is no transaction id`)
    return `pg_xact_status('${id}'::xid8) AS s${index}`
  })
  const [row] = await truth.query(truth.session, `SELECT ${columns.join(', ')}`)
  return ids.map((_, index) => (row?.[`s${index}`] as TransactionStatus | null | undefined) ?? 'forgotten')
}

/**
 * What tells a PostgreSQL that crashed from the one before the crash, as an SQL expression of a text: its statistics
 * begin anew. A transaction whose last words were not on disk is gone with a crash, and its id is given to another.
 */
export const SERVER_LIFE: string = microseconds('pg_stat_get_bgwriter_stat_reset_time()')

/**
 * What tells one start of PostgreSQL from the next, whether after a stop, a crash, a failover or a restore. Its data
 * may be of an earlier moment, or of another history.
 */
export const SERVER_START: string = `(${microseconds('pg_postmaster_start_time()')} || '/' || ${SERVER_LIFE})`

/** Not as a date: how that is written depends on the session. */
function microseconds(moment: string): string {
  return `(extract(epoch FROM ${moment}) * 1000000)::bigint::text`
}

/**
 * How a transaction stands that was begun in the `life` of the server. `forgotten` also when one with its id has
 * committed, but in another life: that may be somebody else's.
 *
 * @throws what the driver throws
 */
export async function transactionStatusSince<Session>(
  truth: Truth<Session>,
  id: string,
  life: unknown,
): Promise<TransactionStatus> {
  const [row] = await truth.query(
    truth.session,
    `SELECT pg_xact_status('${id}'::xid8) AS status, ${SERVER_LIFE} AS life`,
  )
  const status = (row?.['status'] as TransactionStatus | null | undefined) ?? 'forgotten'
  return status === 'committed' && row?.['life'] !== life ? 'forgotten' : status
}

/**
 * Whether `error`, or what caused it, is PostgreSQL's "transaction ID … is in the future": the transaction was begun
 * in a history that this server does not know.
 */
export function isOfAnotherHistory(error: unknown): boolean {
  return hasSqlState(error, ['22023'])
}
