import { sqlText } from '../truth.ts'
import { SERVER_START } from '../fence/transaction-status.ts'

/**
 * Where the gate stands.
 *
 *   open ──▶ closing ──▶ closed ──▶ opening ──▶ open, as the next epoch
 *                          ▲           │
 *                          └───────────┘ given up
 *
 * `open`: strong values are read from the store, under a lease. `closing`: no new leases; writers fence. `closed`: no
 * lease is left; writers skip the fence. `opening`: writers fence again, and nobody reads from the store until all
 * that may have skipped have ended.
 */
export type GateState = 'open' | 'closing' | 'closed' | 'opening'

/** The gate as a writer sees it in its transaction. */
export interface GateRow {
  readonly state: GateState
  /** Counts up with every opening. */
  readonly epoch: bigint
  /** Part of all names of this epoch's entries. */
  readonly nonce: string
  /** The run of the server that holds them. */
  readonly run: string
}

/** The gate as a poll sees it. */
export interface PolledRow extends GateRow {
  /** The history of that server's data. */
  readonly lineage: string
  /** Closed by somebody who will open it again: it stays closed until then. */
  readonly isHeld: boolean
  /** Why the gate is not open, or was closed last. */
  readonly reason: string
  /** How often it was closed soon after it had been opened, since it was open for long. */
  readonly closings: number
  /** How long it has been in this state. */
  readonly ageMs: number
  /** How long ago this epoch began. */
  readonly epochAgeMs: number
  /** The start of PostgreSQL as it was when this epoch began, and now. */
  readonly start: string
  readonly startNow: string
  /** The answer comes from a standby, which lags. */
  readonly isStandby: boolean
  /** Every transaction with an id below this one has ended. */
  readonly oldestRunning: bigint
}

type Row = Readonly<Record<string, unknown>>

const MILLISECONDS_SINCE = (column: string): string =>
  `(extract(epoch FROM clock_timestamp() - ${column}) * 1000)::float8`

/** The row as a writer asks for it. `table` is the table's qualified name: a body may have set its search_path. */
export function writerStatement(table: string, namespace: string): string {
  return `SELECT state, epoch::text AS epoch, nonce, run FROM ${table} WHERE namespace = ${sqlText(namespace)}`
}

/** The row as a poll asks for it. */
export function pollStatement(table: string, namespace: string): string {
  return `SELECT state, epoch::text AS epoch, nonce, run, lineage, held, reason, closings, start,
      ${SERVER_START} AS start_now, pg_is_in_recovery() AS standby,
      ${MILLISECONDS_SINCE('changed_at')} AS age, ${MILLISECONDS_SINCE('epoch_at')} AS epoch_age,
      pg_snapshot_xmin(pg_current_snapshot())::text AS oldest_running
    FROM ${table} WHERE namespace = ${sqlText(namespace)}`
}

/** What `writerStatement` found. */
export function readWriterRow(row: Row): GateRow {
  return {
    state: row['state'] as GateState,
    epoch: BigInt(String(row['epoch'])),
    nonce: String(row['nonce']),
    run: String(row['run']),
  }
}

/** What `pollStatement` found. */
export function readPolledRow(row: Row): PolledRow {
  return {
    ...readWriterRow(row),
    lineage: String(row['lineage']),
    isHeld: row['held'] === true,
    reason: String(row['reason']),
    closings: Number(row['closings']),
    ageMs: Number(row['age']),
    epochAgeMs: Number(row['epoch_age']),
    start: String(row['start']),
    startNow: String(row['start_now']),
    isStandby: row['standby'] === true,
    oldestRunning: BigInt(String(row['oldest_running'])),
  }
}
