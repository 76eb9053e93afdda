import { type Clock, sleep } from '../core/clock.ts'
import { sqlText, type Truth } from '../truth.ts'

/** The holder trusts this part of its lease: what it sends just before the end arrives before another begins. */
const TRUSTED = 0.75
/** Renewed when this part of it is over. */
const RENEWED = 0.25

/** Which row, for whom, and for how long. */
export interface LeaseRow {
  readonly table: string
  readonly namespace: string
  readonly owner: string
  /** How long an owner that is silent keeps others from taking over. */
  readonly leaseMs: number
}

/**
 * The right to relay, of one process at a time: a row of PostgreSQL, on its clock. Two may believe that they have it
 * for a moment, when one was stopped in the middle of a batch; then messages are handed on twice, and their events
 * tell.
 */
export class RelayLease<Session> {
  readonly #truth: Truth<Session>
  readonly #clock: Clock
  readonly #row: LeaseRow
  readonly #onTurn: (isHeld: boolean) => void
  #heldUntilMs = -Infinity
  #wasHeld = false
  readonly #over = new AbortController()
  #running: Promise<void> = Promise.resolve()

  /** `onTurn` hears, after each look, whether this process has it. */
  constructor(truth: Truth<Session>, clock: Clock, row: LeaseRow, onTurn: (isHeld: boolean) => void) {
    this.#truth = truth
    this.#clock = clock
    this.#row = row
    this.#onTurn = onTurn
  }

  /** Whether this process may relay now. */
  get isHeld(): boolean {
    return this.#clock.now() < this.#heldUntilMs
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Gives it up, so that another takes over at once. */
  async stop(): Promise<void> {
    this.#over.abort()
    await this.#running
    if (!this.#wasHeld) return
    this.#heldUntilMs = -Infinity
    const { table, namespace, owner } = this.#row
    await this.#truth
      .query(
        this.#truth.session,
        `DELETE FROM ${table} WHERE namespace = ${sqlText(namespace)} AND owner = ${sqlText(owner)}`,
      )
      .catch(() => undefined)
  }

  async #run(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      await this.#renew().catch(() => undefined)
      this.#wasHeld = this.isHeld
      this.#onTurn(this.isHeld)
      await sleep(this.#clock, this.#row.leaseMs * RENEWED, signal).catch(() => undefined)
    }
  }

  async #renew(): Promise<void> {
    const sentMs = this.#clock.now()
    const { table, namespace, owner, leaseMs } = this.#row
    const rows = await this.#truth.query(
      this.#truth.session,
      `INSERT INTO ${table} AS held (namespace, owner, until)
       VALUES (${sqlText(namespace)}, ${sqlText(owner)}, clock_timestamp() + interval '${leaseMs} milliseconds')
       ON CONFLICT (namespace) DO UPDATE SET owner = excluded.owner, until = excluded.until
       WHERE held.owner = excluded.owner OR held.until < clock_timestamp() RETURNING owner`,
    )
    this.#heldUntilMs = rows.length > 0 ? sentMs + leaseMs * TRUSTED : -Infinity
  }
}
