import { sqlText, type Truth } from '../truth.ts'

/** Its name and columns are part of the format. */
const TABLE = `CREATE TABLE IF NOT EXISTS holdfast_gate (
  namespace text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('open', 'closing', 'closed', 'opening')),
  epoch bigint NOT NULL,
  nonce text NOT NULL,
  run text NOT NULL,
  lineage text NOT NULL,
  start text NOT NULL,
  held boolean NOT NULL,
  reason text NOT NULL,
  closings integer NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  epoch_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`

/** Any number that nobody else uses as an advisory lock of this database: "hf" and a counter. */
const TABLE_LOCK = 0x6866_1002

/** The table's qualified name, as SQL: whatever `search_path` a later statement runs under. Undefined: there is none. */
export async function findGateTable<Session>(truth: Truth<Session>): Promise<string | undefined> {
  const [row] = await truth.query(
    truth.session,
    `SELECT quote_ident(nspname) || '.holdfast_gate' AS name FROM pg_class
       JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE pg_class.oid = to_regclass('holdfast_gate')`,
  )
  return row && String(row['name'])
}

/** Makes the table unless it is there, and gives its qualified name. Several processes may call it at once. */
export async function prepareGateTable<Session>(truth: Truth<Session>): Promise<string> {
  const found = await findGateTable(truth)
  if (found !== undefined) return found
  await truth.transaction(async (tx) => {
    await truth.query(tx, `SELECT pg_advisory_xact_lock(${TABLE_LOCK})::text AS lock`)
    await truth.query(tx, TABLE)
  })
  return (await findGateTable(truth)) ?? 'holdfast_gate'
}

/**
 * Makes the row of a namespace unless it is there. A first row is `closed`. One that was there a moment ago is made
 * `closing`: somebody may hold a lease that it gave.
 */
export async function insertGateRow<Session>(
  truth: Truth<Session>,
  table: string,
  namespace: string,
  state: 'closed' | 'closing',
): Promise<void> {
  const values = [namespace, state, '', '', '', '', state === 'closed' ? 'first start' : 'its row was lost']
  const [name, ...texts] = values.map(sqlText)
  await truth.query(
    truth.session,
    `INSERT INTO ${table} (namespace, state, nonce, run, lineage, start, reason, epoch, held, closings)
     VALUES (${name}, ${texts.join(', ')}, 0, false, 0) ON CONFLICT (namespace) DO NOTHING`,
  )
}
