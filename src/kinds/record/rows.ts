/**
 * Records that are rows of PostgreSQL. They are read through a strong keyspace, and changed in transactions that put
 * them there: so no reader, in any process, sees a record older than one that it, or a change that has resolved, has
 * seen. The limits are those of strong keyspaces.
 */
import type { Revised, StoredRecord } from '../../collection/port.ts'
import type { Immutable } from '../../core/immutable.ts'
import type { Schema } from '../../core/standard-schema.ts'
import { type Rows, type Truth } from '../../truth.ts'
import { strong, type StrongKeyspace } from '../strong/declare.ts'
import type { Strong } from '../strong/strong.ts'
import type { RecordBackend } from './backend.ts'
import type { RecordKeyspace } from './declare.ts'

type AnyId = Readonly<Record<string, string>>

/** Its name and columns are part of the format. `value`: the flag of its codec, and the fields that were set. */
const TABLE = `CREATE TABLE IF NOT EXISTS holdfast_record (
  key text PRIMARY KEY,
  version bigint NOT NULL,
  value text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`
/** "hf" and a counter, as the other tables have them. */
const TABLE_LOCK = 0x6866_1008
const NOW_US = 'floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint'
/** A version, and what surrounds the text. */
const ROOM_BYTES = 100

const row: Schema<unknown, StoredRecord> = {
  '~standard': {
    version: 1,
    vendor: 'holdfast',
    validate: (value) => {
      const { version, text } = value as Partial<StoredRecord>
      return Number.isSafeInteger(version) && typeof text === 'string'
        ? { value: value as StoredRecord }
        : { issues: [{ message: 'it is no row of a record' }] }
    },
  },
}

/** Makes the table unless it is there. Several processes may call it at once. */
export async function prepareRecords<Session>(truth: Truth<Session>): Promise<void> {
  const [found] = await truth.query(
    truth.session,
    "SELECT to_regclass('holdfast_record') IS NOT NULL AS known",
  )
  if (found?.['known'] === true) return
  await truth.transaction(async (tx) => {
    await truth.query(tx, `SELECT pg_advisory_xact_lock(${TABLE_LOCK})::text AS lock`)
    await truth.query(tx, TABLE)
  })
}

/** The strong keyspace of the rows. */
export function recordRows<Session>(
  { pattern, about, keepMs, maxValueBytes, expect }: RecordKeyspace<AnyId, unknown>,
  truth: Truth<Session>,
): StrongKeyspace<AnyId, StoredRecord, Session, true> {
  const rows = strong<string, typeof row, Session, true>({
    key: pattern.text,
    about,
    value: row,
    row: true,
    load: async (id, tx) => find(truth, tx, pattern.key(id)),
    ...(keepMs !== null && { ttl: `${keepMs}ms` }),
    // A text within a text: quotes are escaped.
    maxValueBytes: 2 * maxValueBytes + ROOM_BYTES,
    expect,
  })
  return { ...rows, pattern }
}

/** Records as rows. `write` is that of the state. */
export function rowRecords<Session>(
  rows: StrongKeyspace<AnyId, StoredRecord, Session, true>,
  reader: Strong<AnyId, StoredRecord>,
  truth: Truth<Session>,
  write: <Result>(
    body: (tx: Session, changes: { put(keyspace: typeof rows, id: AnyId): void }) => Promise<Result>,
  ) => Promise<Result>,
): RecordBackend<AnyId> {
  return {
    async read(ids) {
      const [only] = ids
      const found: (Immutable<StoredRecord> | null)[] =
        ids.length === 1 && only ? [await reader.get(only)] : await reader.getMany(ids)
      return found.map((stored) => stored ?? undefined)
    },
    revise: (id, expected, text) =>
      write(async (tx, changes): Promise<Revised> => {
        const key = rows.pattern.key(id)
        const [changed] = await change(truth, tx, key, expected, text)
        if (!changed) {
          const present = await find(truth, tx, key)
          // To remove what is not there is done.
          return text === undefined && expected === 0 && !present ? { version: 0 } : { present }
        }
        changes.put(rows, id)
        return { version: text === undefined ? 0 : Number(changed['version']) }
      }),
  }
}

async function find<Session>(
  truth: Truth<Session>,
  session: Session,
  key: string,
): Promise<StoredRecord | undefined> {
  const [found] = await truth.query(
    session,
    'SELECT version::text AS version, value FROM holdfast_record WHERE key = $1',
    [key],
  )
  return found && { version: Number(found['version']), text: String(found['value']) }
}

/** The row that was changed, if it was. */
function change<Session>(
  truth: Truth<Session>,
  tx: Session,
  key: string,
  expected: number | undefined,
  text: string | undefined,
): Promise<Rows> {
  const ask = (statement: string, ...parameters: readonly unknown[]): Promise<Rows> =>
    truth.query(tx, `${statement} RETURNING known.version::text AS version`, parameters)
  if (text === undefined)
    return expected === undefined
      ? ask('DELETE FROM holdfast_record AS known WHERE key = $1', key)
      : ask(
          'DELETE FROM holdfast_record AS known WHERE key = $1 AND version = $2::bigint',
          key,
          String(expected),
        )
  const insert = `INSERT INTO holdfast_record AS known (key, version, value) VALUES ($1, ${NOW_US}, $2) ON CONFLICT (key)`
  const set = `SET version = greatest(known.version + 1, ${NOW_US}), value = $2, changed_at = clock_timestamp()`
  if (expected === 0) return ask(`${insert} DO NOTHING`, key, text)
  if (expected === undefined) return ask(`${insert} DO UPDATE ${set}`, key, text)
  return ask(
    `UPDATE holdfast_record AS known ${set} WHERE key = $1 AND version = $3::bigint`,
    key,
    text,
    String(expected),
  )
}
