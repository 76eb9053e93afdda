import { sqlText, type Truth } from '../truth.ts'
import type { OutboxMessage, Refusal } from './message.ts'
import type { OutboxTables } from './table.ts'

/** A message that waits. */
export interface WaitingRow extends OutboxMessage {
  readonly id: string
}

/** The most that a relay takes at once. */
export const MOST_ROWS = 500
const MOST_BYTES = 4_000_000
const MOST_SWEPT = 5_000

/** The rows of one lane: of one kind of destination. */
export class LaneRows<Session> {
  readonly #truth: Truth<Session>
  readonly #outbox: string
  /** SQL that is true for the rows of this lane. */
  readonly #ours: string
  readonly #names: string

  constructor(
    truth: Truth<Session>,
    { outbox }: OutboxTables,
    namespace: string,
    kind: string,
    names: readonly string[],
  ) {
    this.#truth = truth
    this.#outbox = outbox
    this.#ours = `namespace = ${sqlText(namespace)} AND kind = ${sqlText(kind)}`
    this.#names = names.map(sqlText).join(', ')
  }

  /**
   * The oldest, by their ids. Whoever left a message holds the locks of the rows that it changed until it commits, so
   * a snapshot that shows the message of the next transaction on such a row shows this one, too, and its id is lower.
   * Destinations that this process does not know are left to others.
   */
  async waiting(): Promise<WaitingRow[]> {
    const rows = await this.#truth.query(
      this.#truth.session,
      `SELECT id::text, kind, name, key, event, payload FROM (
         SELECT *, sum(octet_length(payload)) OVER (ORDER BY id) - octet_length(payload) AS before FROM (
           SELECT id, kind, name, key, event, payload FROM ${this.#outbox}
           WHERE ${this.#ours} AND batch IS NULL AND name IN (${this.#names})
           ORDER BY id LIMIT ${MOST_ROWS}) AS oldest) AS summed
       WHERE before < ${MOST_BYTES} ORDER BY summed.id`,
    )
    return rows.map((row) => ({
      id: String(row['id']),
      kind: String(row['kind']),
      name: String(row['name']),
      key: String(row['key']),
      event: String(row['event']),
      payload: String(row['payload']),
    }))
  }

  /** Takes note that rows were handed on, in a batch of this number; null removes them instead. */
  async done(rows: readonly WaitingRow[], batch: number | null): Promise<void> {
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id).join(', ')
    await this.#truth.query(
      this.#truth.session,
      batch === null
        ? `DELETE FROM ${this.#outbox} WHERE id IN (${ids})`
        : `UPDATE ${this.#outbox} SET batch = ${batch}, sent_at = clock_timestamp() WHERE id IN (${ids})`,
    )
  }

  /** Takes note that these will never be handed on. They stay, for people. */
  async refused(rows: readonly WaitingRow[], refusals: readonly Refusal[]): Promise<void> {
    for (const { event, reason } of refusals) {
      const row = rows.find((each) => each.event === event)
      if (!row) continue
      const why = sqlText(reason.replaceAll('\0', '').slice(0, 1_000))
      await this.#truth.query(
        this.#truth.session,
        `UPDATE ${this.#outbox} SET batch = 0, refused = ${why} WHERE id = ${row.id}`,
      )
    }
  }

  /** The number of the last batch. */
  async lastBatch(): Promise<number> {
    const [row] = await this.#truth.query(
      this.#truth.session,
      `SELECT coalesce(max(batch), 0)::text AS last FROM ${this.#outbox} WHERE ${this.#ours} AND batch IS NOT NULL`,
    )
    return Number(row?.['last'] ?? 0)
  }

  /**
   * What was handed on in a batch from `first` on waits again. How many there were. The latest first: whoever goes on
   * after this one died finds a last batch beyond the mark, and recalls the rest.
   */
  async recall(first: number): Promise<number> {
    for (let count = 0; ;) {
      const recalled = await this.#truth.query(
        this.#truth.session,
        `UPDATE ${this.#outbox} SET batch = NULL, sent_at = NULL WHERE id IN (
           SELECT id FROM ${this.#outbox} WHERE ${this.#ours} AND batch >= ${Math.max(1, first)}
           ORDER BY batch DESC LIMIT ${MOST_SWEPT}) RETURNING 1`,
      )
      count += recalled.length
      if (recalled.length < MOST_SWEPT) return count
    }
  }

  /** Removes what was handed on longer ago than `retainMs`, step by step. */
  async sweep(retainMs: number): Promise<void> {
    await this.#truth.query(
      this.#truth.session,
      `DELETE FROM ${this.#outbox} WHERE id IN (
         SELECT id FROM ${this.#outbox} WHERE ${this.#ours} AND batch > 0
           AND sent_at < clock_timestamp() - interval '${Math.round(retainMs)} milliseconds'
         ORDER BY batch LIMIT ${MOST_SWEPT})`,
    )
  }
}
