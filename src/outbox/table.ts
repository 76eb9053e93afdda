import { queryAll, sqlText, type Truth } from '../truth.ts'
import type { OutboxMessage } from './message.ts'

/** Names and columns are part of the format. */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS holdfast_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  event text NOT NULL,
  payload text NOT NULL,
  emitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  batch bigint,
  sent_at timestamptz,
  refused text
)`,
  'CREATE INDEX IF NOT EXISTS holdfast_outbox_waiting ON holdfast_outbox (namespace, kind, id) WHERE batch IS NULL',
  'CREATE INDEX IF NOT EXISTS holdfast_outbox_sent ON holdfast_outbox (namespace, kind, batch) WHERE batch IS NOT NULL',
  `CREATE TABLE IF NOT EXISTS holdfast_relay (
  namespace text PRIMARY KEY,
  owner text NOT NULL,
  until timestamptz NOT NULL
)`,
]

/** Any number that nobody else uses as an advisory lock of this database: "hf" and a counter. */
const TABLE_LOCK = 0x6866_1003

/** The tables under their qualified names, as SQL: whatever `search_path` a later statement runs under. */
export interface OutboxTables {
  readonly outbox: string
  readonly relay: string
}

async function findTables<Session>(truth: Truth<Session>): Promise<OutboxTables | undefined> {
  const [row] = await truth.query(
    truth.session,
    `SELECT quote_ident(nspname) AS place FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE pg_class.oid = to_regclass('holdfast_relay')`,
  )
  if (!row) return undefined
  const place = String(row['place'])
  return { outbox: `${place}.holdfast_outbox`, relay: `${place}.holdfast_relay` }
}

/** Makes the tables unless they are there. Several processes may call it at once. */
export async function prepareOutboxTables<Session>(truth: Truth<Session>): Promise<OutboxTables> {
  const found = await findTables(truth)
  if (found) return found
  await truth.transaction(async (tx) => {
    await truth.query(tx, `SELECT pg_advisory_xact_lock(${TABLE_LOCK})::text AS lock`)
    await queryAll(truth, tx, TABLES)
  })
  return (await findTables(truth)) ?? { outbox: 'holdfast_outbox', relay: 'holdfast_relay' }
}

/**
 * The statement that leaves messages in the outbox. It runs after all others of its transaction: by then the
 * transaction holds the locks of the rows that it changed, so whoever changes one of them next gets a higher id.
 */
export function insertStatement(
  { outbox }: OutboxTables,
  namespace: string,
  messages: readonly OutboxMessage[],
): string {
  const rows = messages.map(({ kind, name, key, event, payload }) => {
    return `(${[namespace, kind, name, key, event, payload].map(sqlText).join(', ')})`
  })
  return `INSERT INTO ${outbox} (namespace, kind, name, key, event, payload) VALUES ${rows.join(', ')}`
}
