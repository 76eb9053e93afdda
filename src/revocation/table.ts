import { sqlText, type Truth } from '../truth.ts'

/** What was revoked: all that has this name, or what of it is not younger. */
export interface Revocation {
  readonly name: string
  /** Only what began until then, in microseconds since 1970 on the clock of the truth. Undefined: whatever it is. */
  readonly beforeUs: bigint | undefined
  /** How long from now anything of that name might be valid. */
  readonly keepMs: number
}

/** A row, as it is read. */
export interface RevokedRow {
  readonly name: string
  readonly beforeUs: bigint | undefined
  readonly leftMs: number
}

/** What a look at the table found. */
export interface Looked {
  /** Transactions below this had ended: what they left is in `rows`, or was in those of an earlier look. */
  readonly horizon: bigint
  readonly rows: readonly RevokedRow[]
}

/** Its name and columns are part of the format. `xid`: who has changed the row last. */
const TABLE = `CREATE TABLE IF NOT EXISTS holdfast_revoked (
  namespace text NOT NULL,
  name text NOT NULL,
  before_us bigint,
  until timestamptz NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (namespace, name)
)`
const INDEX = 'CREATE INDEX IF NOT EXISTS holdfast_revoked_xid ON holdfast_revoked (namespace, xid)'
/** "hf" and a counter, as the other tables have them. */
const TABLE_LOCK = 0x6866_1006
const NOW_US = 'floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint'
const MOST_SWEPT = 1_000

/** Makes the table unless it is there. Several processes may call it at once. */
export async function prepareRevocations<Session>(truth: Truth<Session>): Promise<void> {
  const [found] = await truth.query(
    truth.session,
    "SELECT to_regclass('holdfast_revoked_xid') IS NOT NULL AS known",
  )
  if (found?.['known'] === true) return
  await truth.transaction(async (tx) => {
    await truth.query(tx, `SELECT pg_advisory_xact_lock(${TABLE_LOCK})::text AS lock`)
    await truth.query(tx, TABLE)
    await truth.query(tx, INDEX)
  })
}

/** The clock of the truth, in microseconds since 1970. */
export async function truthNow<Session>(truth: Truth<Session>): Promise<bigint> {
  const [row] = await truth.query(truth.session, `SELECT ${NOW_US}::text AS now`)
  return BigInt(String(row?.['now']))
}

/** Writes them down, in one statement: all or none. What was revoked before stays so. */
export async function insertRevocations<Session>(
  truth: Truth<Session>,
  namespace: string,
  revocations: readonly Revocation[],
): Promise<void> {
  const values = revocations.map(({ name, beforeUs, keepMs }) => {
    const until = `clock_timestamp() + interval '${Math.ceil(keepMs)} milliseconds'`
    return `(${sqlText(namespace)}, ${sqlText(name)}, ${beforeUs ?? 'NULL'}, ${until})`
  })
  await truth.query(
    truth.session,
    `INSERT INTO holdfast_revoked AS known (namespace, name, before_us, until) VALUES ${values.join(', ')}
     ON CONFLICT (namespace, name) DO UPDATE SET
       before_us = CASE WHEN known.until <= clock_timestamp() THEN excluded.before_us
         WHEN known.before_us IS NULL OR excluded.before_us IS NULL THEN NULL
         ELSE greatest(known.before_us, excluded.before_us) END,
       until = greatest(known.until, excluded.until), xid = pg_current_xact_id()`,
  )
}

/** What was changed by transactions that had not ended at `horizon`, or all: at most `most` rows, and one more. */
export async function lookForRevocations<Session>(
  truth: Truth<Session>,
  namespace: string,
  horizon: bigint | undefined,
  most: number,
): Promise<Looked> {
  const rows = await truth.query(
    truth.session,
    `SELECT seen.horizon::text AS horizon, known.name AS name, known.before_us::text AS before_us,
       ceil(extract(epoch FROM known.until - clock_timestamp()) * 1000)::bigint::text AS left_ms
     FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) AS seen
     LEFT JOIN holdfast_revoked AS known
       ON known.namespace = ${sqlText(namespace)} AND known.xid >= '${horizon ?? 0n}'::xid8 AND known.until > clock_timestamp()
     LIMIT ${most + 1}`,
  )
  return {
    horizon: BigInt(String(rows[0]?.['horizon'])),
    rows: rows.filter(({ name }) => name !== null).map(readRow),
  }
}

/** The rows of these names. */
export async function findRevocations<Session>(
  truth: Truth<Session>,
  namespace: string,
  names: readonly string[],
): Promise<readonly RevokedRow[]> {
  const rows = await truth.query(
    truth.session,
    `SELECT name, before_us::text AS before_us,
       ceil(extract(epoch FROM until - clock_timestamp()) * 1000)::bigint::text AS left_ms
     FROM holdfast_revoked
     WHERE namespace = ${sqlText(namespace)} AND name IN (${names.map(sqlText).join(', ')})
       AND until > clock_timestamp()`,
  )
  return rows.map(readRow)
}

/** Removes some rows whose time is over. */
export async function sweepRevocations<Session>(truth: Truth<Session>): Promise<void> {
  await truth.query(
    truth.session,
    `DELETE FROM holdfast_revoked WHERE (namespace, name) IN (
       SELECT namespace, name FROM holdfast_revoked WHERE until <= clock_timestamp() LIMIT ${MOST_SWEPT}
     ) AND until <= clock_timestamp()`,
  )
}

function readRow(row: Readonly<Record<string, unknown>>): RevokedRow {
  const before = row['before_us'] as string | null
  return {
    name: String(row['name']),
    beforeUs: before === null ? undefined : BigInt(before),
    leftMs: Number(row['left_ms']),
  }
}
