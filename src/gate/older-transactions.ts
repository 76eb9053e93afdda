import type { Truth } from '../truth.ts'

/**
 * How long the start of a gate waits for it to open. Mostly somebody else is opening it just now, or a transaction ends
 * that is quick. Longer is of no use: nothing is wrong meanwhile.
 */
export const START_PATIENCE_MS = 500

/**
 * A boundary in time: every transaction that has an id by now has a smaller one. When `pg_snapshot_xmin` has reached
 * it, all of them have ended.
 *
 * It takes an id of its own. `pg_snapshot_xmax` would not do: that follows the ids that have *ended*, so one that is
 * running with the highest id of all lies beyond it.
 */
export async function boundaryNow<Session>(truth: Truth<Session>): Promise<bigint> {
  const [row] = await truth.query(truth.session, 'SELECT pg_current_xact_id()::text AS id')
  return BigInt(String(row?.['id']))
}

/** Every transaction with an id below this one has ended. */
export async function oldestRunning<Session>(truth: Truth<Session>): Promise<bigint> {
  const [row] = await truth.query(
    truth.session,
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest_running',
  )
  return BigInt(String(row?.['oldest_running']))
}
