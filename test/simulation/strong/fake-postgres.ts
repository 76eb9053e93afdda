/**
 * What the protocol needs of a PostgreSQL server: transaction ids and how they ended, snapshots, row locks, read
 * committed and repeatable read, crashes and restores.
 */

/** An error as a driver gives it. */
export class PostgresError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** An account. */
export interface Row {
  readonly amount: number
  readonly version: number
}

/** The row of the gate, as it is stored. */
export interface GateRecord {
  readonly state: string
  readonly epoch: number
  readonly nonce: string
  readonly run: string
  readonly lineage: string
  readonly start: string
  readonly held: boolean
  readonly reason: string
  readonly closings: number
  readonly changedMs: number
  readonly epochMs: number
}

export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

/** One transaction. */
export interface Transaction {
  readonly isolation: Isolation
  xid: number | undefined
  /** Of its first statement; for repeatable read. */
  snapshot: number | undefined
  readonly writes: Map<string, Row>
  isDoomed: boolean
  outcome: 'running' | 'committing' | 'committed' | 'aborted'
}

interface Lock {
  holder: Transaction
  readonly waiting: { readonly by: Transaction; readonly go: () => void }[]
}

/** All rows as they stood after one commit. */
export interface Committed {
  readonly timeMs: number
  readonly rows: ReadonlyMap<string, Row>
  readonly gate: GateRecord | undefined
  readonly xid: number
  /** The next id at that moment. */
  readonly nextXid: number
}

const FIRST_XID = 700

/** A server, through all its lives. */
export class FakePostgres {
  readonly #now: () => number
  /** Every state that was ever committed, in order: the last one is the present. */
  readonly states: Committed[] = []
  /** The place of the state that a restore went back to, and those after it, in `states`. */
  isUp = true
  hungUntilMs = 0
  life = 1
  start = 1
  #nextXid = FIRST_XID
  #status = new Map<number, 'committed' | 'aborted'>()
  #running = new Set<Transaction>()
  /** Ids of statements that are transactions of their own, and have not ended. */
  #statements = new Set<number>()
  #locks = new Map<string, Lock>()
  onCommit: (changed: ReadonlyMap<string, Row>) => void = () => undefined

  constructor(now: () => number, rows: ReadonlyMap<string, Row>) {
    this.#now = now
    this.states.push({ timeMs: -1, rows, gate: undefined, xid: 0, nextXid: FIRST_XID })
  }

  /** Its clock, in milliseconds. */
  get now(): number {
    return this.#now()
  }

  get latest(): Committed {
    return this.states.at(-1) as Committed
  }

  begin(isolation: Isolation): Transaction {
    const writes = new Map<string, Row>()
    const made: Transaction = {
      isolation,
      xid: undefined,
      snapshot: undefined,
      writes,
      isDoomed: false,
      outcome: 'running',
    }
    this.#running.add(made)
    return made
  }

  idOf(transaction: Transaction): number {
    transaction.xid ??= this.#nextXid++
    return transaction.xid
  }

  /** The id of a statement that is a transaction of its own, and has ended. */
  spendId(): number {
    const xid = this.takeId()
    this.endId(xid)
    return xid
  }

  /** The id of a statement that is a transaction of its own. */
  takeId(): number {
    const xid = this.#nextXid++
    this.#statements.add(xid)
    return xid
  }

  endId(xid: number): void {
    this.#statements.delete(xid)
    this.#status.set(xid, 'committed')
  }

  /** `pg_snapshot_xmin(pg_current_snapshot())`. */
  oldestRunning(): number {
    let oldest = Math.min(this.#nextXid, ...this.#statements)
    for (const { xid } of this.#running) if (xid !== undefined && xid < oldest) oldest = xid
    return oldest
  }

  /** `pg_snapshot_xmax(pg_current_snapshot())`: it follows the ids that have ended. */
  firstUnended(): number {
    return Math.max(FIRST_XID, ...this.#status.keys()) + 1
  }

  /** `pg_xact_status`. */
  statusOf(xid: number): string | null {
    if (xid >= this.#nextXid) throw new PostgresError('22023', `transaction ID ${xid} is in the future`)
    // Ids that begin with 0 or are of the bootstrap are forgotten.
    if (xid < FIRST_XID) return null
    return (
      this.#status.get(xid) ??
      (this.#statements.has(xid) || [...this.#running].some((each) => each.xid === xid)
        ? 'in progress'
        : 'aborted')
    )
  }

  /** What a statement of `transaction` sees. */
  view(transaction: Transaction | undefined): Committed {
    if (!transaction || transaction.isolation === 'read committed') return this.latest
    transaction.snapshot ??= this.states.length - 1
    return this.states[transaction.snapshot] as Committed
  }

  read(transaction: Transaction | undefined, id: string): Row | undefined {
    return transaction?.writes.get(id) ?? this.view(transaction).rows.get(id)
  }

  /** Changes a row once its lock is free, then calls `done`. Until then it returns without. */
  update(
    transaction: Transaction,
    id: string,
    change: (row: Row) => Row,
    done: (row: Row | PostgresError | undefined) => void,
  ): void {
    this.view(transaction)
    this.idOf(transaction)
    const hasChanged = (): boolean => {
      const isOutdated = this.latest.rows.get(id) !== this.view(transaction).rows.get(id)
      return isOutdated && transaction.isolation !== 'read committed' && !transaction.writes.has(id)
    }
    const conflict = (): PostgresError =>
      new PostgresError('40001', 'could not serialize access due to concurrent update')
    const go = (): void => {
      if (transaction.outcome !== 'running') return
      if (hasChanged()) {
        done(conflict())
        return
      }
      const latest = this.latest.rows.get(id)
      const row = transaction.writes.get(id) ?? latest
      if (!row) {
        done(undefined)
        return
      }
      const changed = change(row)
      transaction.writes.set(id, changed)
      done(changed)
    }
    // At once: it does not wait for who changes the row again.
    if (hasChanged()) {
      done(conflict())
      return
    }
    const lock = this.#locks.get(id)
    if (!lock) this.#locks.set(id, { holder: transaction, waiting: [] })
    if (!lock || lock.holder === transaction) go()
    else if (this.#waitsFor(lock.holder, transaction)) done(new PostgresError('40P01', 'deadlock detected'))
    else lock.waiting.push({ by: transaction, go })
  }

  commit(transaction: Transaction): void {
    this.#end(transaction, 'committed')
  }

  abort(transaction: Transaction): void {
    if (transaction.outcome === 'running' || transaction.outcome === 'committing')
      this.#end(transaction, 'aborted')
  }

  /** Changes the gate's row in a transaction of its own. */
  setGate(gate: GateRecord, xid: number = this.takeId()): void {
    this.endId(xid)
    this.#push(this.latest.rows, gate, xid)
  }

  /** Everything that was under way is over. Ids of transactions that left nothing on disk may be given again. */
  crash(forgetsIds: boolean): void {
    for (const transaction of this.#running) this.#end(transaction, 'aborted', false)
    for (const xid of this.#statements) this.#status.set(xid, 'aborted')
    this.#statements.clear()
    this.#locks.clear()
    if (forgetsIds) {
      const lastDurable = Math.max(
        this.latest.xid,
        ...[...this.#status].flatMap(([xid, how]) => (how === 'committed' ? [xid] : [])),
      )
      this.#nextXid = Math.max(this.latest.nextXid, lastDurable + 1)
      for (const xid of this.#status.keys()) if (xid >= this.#nextXid) this.#status.delete(xid)
    }
    this.life++
    this.start++
  }

  /** Comes back as it was at `timeMs`. What was committed since is gone, and its ids are given again. */
  restore(timeMs: number): void {
    this.crash(false)
    const state = this.states.findLast((each) => each.timeMs <= timeMs) ?? this.latest
    this.#nextXid = state.nextXid
    for (const xid of this.#status.keys()) if (xid >= this.#nextXid) this.#status.delete(xid)
    this.states.push({ ...state, timeMs: this.#now() })
  }

  #end(transaction: Transaction, outcome: 'committed' | 'aborted', passLocks = true): void {
    transaction.outcome = outcome
    this.#running.delete(transaction)
    const { xid, writes } = transaction
    if (xid !== undefined) this.#status.set(xid, outcome)
    if (outcome === 'committed' && writes.size > 0) {
      this.#push(new Map([...this.latest.rows, ...writes]), this.latest.gate, xid ?? 0)
      this.onCommit(writes)
    }
    if (passLocks) this.#passLocks(transaction)
  }

  #passLocks(transaction: Transaction): void {
    for (const [id, lock] of this.#locks) {
      for (let index = lock.waiting.length - 1; index >= 0; index--)
        if (lock.waiting[index]?.by === transaction) lock.waiting.splice(index, 1)
      if (lock.holder !== transaction) continue
      const next = lock.waiting.shift()
      if (next) {
        lock.holder = next.by
        next.go()
      } else this.#locks.delete(id)
    }
  }

  #waitsFor(holder: Transaction, other: Transaction): boolean {
    for (const lock of this.#locks.values()) {
      if (!lock.waiting.some(({ by }) => by === holder)) continue
      if (lock.holder === other || this.#waitsFor(lock.holder, other)) return true
    }
    return false
  }

  #push(rows: ReadonlyMap<string, Row>, gate: GateRecord | undefined, xid: number): void {
    this.states.push({ timeMs: this.#now(), rows, gate, xid, nextXid: this.#nextXid })
  }
}
