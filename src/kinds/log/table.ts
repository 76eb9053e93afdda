import { type Rows, sqlText, type Truth } from '../../truth.ts'
import type { StoredLine } from './line.ts'

/** Names and columns are part of the format. */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS holdfast_log (
  log text NOT NULL,
  event text NOT NULL,
  at timestamptz NOT NULL,
  module text NOT NULL,
  level text NOT NULL,
  message text NOT NULL,
  fields jsonb,
  PRIMARY KEY (log, event)
)`,
  'CREATE INDEX IF NOT EXISTS holdfast_log_at ON holdfast_log (log, at)',
  `CREATE TABLE IF NOT EXISTS holdfast_log_position (
  log text PRIMARY KEY,
  line text NOT NULL DEFAULT '',
  seq bigint NOT NULL DEFAULT 0,
  seen bigint NOT NULL DEFAULT 0,
  lost bigint NOT NULL DEFAULT 0
)`,
]
/** "hf" and a counter, as the other tables have them. */
const TABLE_LOCK = 0x6866_1007
/** So many are removed at once: a short transaction. */
const MOST_REMOVED = 5_000

/** How far a log was carried. */
export interface Position {
  /** Names the run of numbers, as in `StreamPage`; empty before the first. */
  readonly line: string
  /** The last number that was carried. */
  readonly seq: number
  /** The last number that was seen in the store then. */
  readonly seen: number
}

/** A line, and the id under which it is kept once. */
export interface ArchivedLine {
  readonly event: string
  readonly line: StoredLine
}

/** The tables of carried lines, for one log. */
export class LogTable<Session> {
  readonly #truth: Truth<Session>
  readonly #log: string

  constructor(truth: Truth<Session>, log: string) {
    this.#truth = truth
    this.#log = sqlText(log)
  }

  /** Makes the tables unless they are there, and this log's row. Several processes may call it at once. */
  async prepare(): Promise<void> {
    const truth = this.#truth
    const [found] = await truth.query(
      truth.session,
      "SELECT to_regclass('holdfast_log_position') IS NOT NULL AS known",
    )
    if (found?.['known'] !== true)
      await truth.transaction(async (tx) => {
        await truth.query(tx, `SELECT pg_advisory_xact_lock(${TABLE_LOCK})::text AS lock`)
        for (const table of TABLES) await truth.query(tx, table)
      })
    await truth.query(
      truth.session,
      `INSERT INTO holdfast_log_position (log) VALUES (${this.#log}) ON CONFLICT DO NOTHING`,
    )
  }

  async position(): Promise<Position> {
    return readPosition(await this.#truth.query(this.#truth.session, this.#select))
  }

  /**
   * Stores lines and moves the position on, if it is still the one from which they were read; else it is told. A line
   * that is there already is left out.
   */
  async carry(from: Position, to: Position, lines: readonly ArchivedLine[], lost: number): Promise<Position> {
    const truth = this.#truth
    return truth.transaction(async (tx) => {
      const present = readPosition(await truth.query(tx, `${this.#select} FOR UPDATE`))
      if (present.line !== from.line || present.seq !== from.seq) return present
      if (lines.length > 0) {
        const rows = lines.map((each) => this.#row(each)).join(',\n')
        await truth.query(
          tx,
          `INSERT INTO holdfast_log (log, event, at, module, level, message, fields) VALUES ${rows}
           ON CONFLICT DO NOTHING`,
        )
      }
      await truth.query(
        tx,
        `UPDATE holdfast_log_position SET line = ${sqlText(to.line)}, seq = ${to.seq}, seen = ${to.seen},
           lost = lost + ${lost} WHERE log = ${this.#log}`,
      )
      return to
    })
  }

  /** Removes some of the lines that are older; whether there may be more. */
  async sweep(keepMs: number): Promise<boolean> {
    const removed = await this.#truth.query(
      this.#truth.session,
      `DELETE FROM holdfast_log WHERE log = ${this.#log} AND event IN (
         SELECT event FROM holdfast_log WHERE log = ${this.#log}
           AND at < clock_timestamp() - interval '${keepMs} milliseconds' LIMIT ${MOST_REMOVED})
       RETURNING event`,
    )
    return removed.length === MOST_REMOVED
  }

  get #select(): string {
    return `SELECT line, seq::text AS seq, seen::text AS seen FROM holdfast_log_position WHERE log = ${this.#log}`
  }

  #row({ event, line }: ArchivedLine): string {
    const { atMs, module, level, message, fields } = line
    const texts = [event, new Date(atMs).toISOString(), module, level, message].map(sqlText)
    return `(${this.#log}, ${texts.join(', ')}, ${fields ? `${sqlText(JSON.stringify(fields))}::jsonb` : 'NULL'})`
  }
}

function readPosition([row]: Rows): Position {
  if (!row) return { line: '', seq: 0, seen: 0 }
  return { line: String(row['line']), seq: Number(row['seq']), seen: Number(row['seen']) }
}
