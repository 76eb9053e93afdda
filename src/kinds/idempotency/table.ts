import type { Truth } from '../../truth.ts'

/** Its name and columns are part of the format. */
const TABLE = `CREATE TABLE IF NOT EXISTS holdfast_idempotency (
  key text PRIMARY KEY,
  fingerprint text NOT NULL,
  flag text,
  payload text,
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
)`

/** Any number that nobody else uses as an advisory lock of this database: "hf" and a counter. */
const TABLE_LOCK = 0x6866_1001

/** Makes the table unless it is there. Several processes may call it at once. */
export async function prepareIdempotency<Session>(truth: Truth<Session>): Promise<void> {
  const [found] = await truth.query(
    truth.session,
    "SELECT to_regclass('holdfast_idempotency') IS NOT NULL AS known",
  )
  if (found?.['known'] === true) return
  await truth.transaction(async (tx) => {
    await truth.query(tx, `SELECT pg_advisory_xact_lock(${TABLE_LOCK})`)
    await truth.query(tx, TABLE)
  })
}
