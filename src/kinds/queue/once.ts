import { sqlText, type Truth } from '../../truth.ts'
import { prepareTable } from './prepare.ts'

/** Its name and columns are part of the format. `queue` is the namespace, a colon, and the key of the queue. */
const TABLE = `CREATE TABLE IF NOT EXISTS holdfast_job_effect (
  queue text NOT NULL,
  id text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (queue, id)
)`
const TABLE_LOCK = 0x6866_1004

/** Whether the effect of a job is there since now, or was before. */
export type Once<Result> =
  | { readonly isFirst: true; readonly result: Result }
  | { readonly isFirst: false; readonly result?: never }

/** Makes the table of effects unless it is there. */
export function prepareEffects<Session>(truth: Truth<Session>): Promise<void> {
  return prepareTable(truth, 'holdfast_job_effect', [TABLE], TABLE_LOCK)
}

/**
 * Runs `work` in the transaction `tx` unless it ran for this job in one that committed. The row that says so is part
 * of `tx`: one that runs elsewhere at this moment is waited for, and one that is rolled back did not happen.
 */
export async function once<Session, Result>(
  truth: Truth<Session>,
  tx: Session,
  queue: string,
  id: string,
  work: () => Promise<Result>,
): Promise<Once<Result>> {
  const rows = await truth.query(
    tx,
    `INSERT INTO holdfast_job_effect (queue, id) VALUES (${sqlText(queue)}, ${sqlText(id)})
     ON CONFLICT (queue, id) DO NOTHING RETURNING id`,
  )
  return rows.length > 0 ? { isFirst: true, result: await work() } : { isFirst: false }
}

/** Forgets effects older than `ageMs`. How many there were. */
export async function sweepEffects<Session>(
  truth: Truth<Session>,
  queue: string,
  ageMs: number,
): Promise<number> {
  const rows = await truth.query(
    truth.session,
    `DELETE FROM holdfast_job_effect WHERE queue = ${sqlText(queue)}
       AND at < clock_timestamp() - ${ageMs}::float8 * interval '1 millisecond' RETURNING id`,
  )
  return rows.length
}
