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

/** What `run` needs besides; of `begin` all of it is NULL. */
const COLUMNS = `ALTER TABLE holdfast_idempotency
  ADD COLUMN IF NOT EXISTS holder text,
  ADD COLUMN IF NOT EXISTS held_until timestamptz,
  ADD COLUMN IF NOT EXISTS attempts integer`

/** Any number that nobody else uses as an advisory lock of this database: "hf" and a counter. */
const TABLE_LOCK = 0x6866_1001

/** Makes the table unless it is there. Several processes may call it at once. */
export async function prepareIdempotency<Session>(truth: Truth<Session>): Promise<void> {
  const [found] = await truth.query(
    truth.session,
    `SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attname = 'attempts'
       AND attrelid = to_regclass('holdfast_idempotency')) AS known`,
  )
  if (found?.['known'] === true) return
  await truth.transaction(async (tx) => {
    await truth.query(tx, `SELECT pg_advisory_xact_lock(${TABLE_LOCK})::text AS lock`)
    await truth.query(tx, TABLE)
    await truth.query(tx, COLUMNS)
  })
}
