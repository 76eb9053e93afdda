import type { Truth } from '../truth.ts'

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
