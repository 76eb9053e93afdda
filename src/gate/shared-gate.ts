/**
 * The gate: which Redis may be trusted, as one row in PostgreSQL says (see `row.ts`).
 *
 * A store that comes back with old data cannot know that: it went back as a whole. So trust comes from elsewhere. Every
 * process polls the row, reads from the store only under a lease of `LEASE_MS` from before the poll was sent, and
 * looks at each new connection before it is used. Whoever finds the store changed, or cannot fence, moves the row; when
 * every lease is over, nobody reads from the store any more, and writers need no fences. Another epoch begins under
 * another name, so what is left of the last one is out of reach; it opens when all transactions that may have
 * skipped the fence have ended.
 *
 * Its limit: between a loss that no connection is told of (SWAPDB, DEL by hand) and the next look, `POLL_MS` later.
 */
import { type Clock, sleep, type Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import { inTime } from '../core/in-time.ts'
import type { Random } from '../core/random.ts'
import { type GateSignal, signals } from '../core/signals.ts'
import type { Fences, FenceStore } from '../fence/port.ts'
import type { Truth } from '../truth.ts'
import { describeBlocker } from './blockers.ts'
import { Lease, LEASE_MS, type Moment, momentOf } from './lease.ts'
import { START_PATIENCE_MS } from './older-transactions.ts'
import type { Admission, GateView, ReadsBy, StartableGate } from './port.ts'
import {
  type GateRow,
  type PolledRow,
  pollStatement,
  readPolledRow,
  readWriterRow,
  writerStatement,
} from './row.ts'
import { isAsExpected, lookAt, type Sight } from './sight.ts'
import { type Next, Steering } from './steering.ts'
import { insertGateRow, prepareGateTable } from './table.ts'
import type { GatePlace } from './transitions.ts'
import { GateRecord } from './view.ts'
import { WritersBlocked } from './writers-blocked.ts'

/** What a gate stands on. */
export interface GateParts<Session> {
  /** Names the state in signals. */
  readonly state: string
  readonly truth: Truth<Session>
  readonly store: FenceStore
  readonly clock: Clock
  readonly random: Random
}

/** How often the row is read, give or take a fifth. */
const POLL_MS = 300
/** Polls whose answer nobody waits for any more, but that still have a connection of the application's pool. */
const MOST_OVERDUE = 3
const STEP_LIMIT_MS = 5_000
const LOOK_AGAIN_MS = 20

const SKIP: Admission = { fences: undefined, mayApply: false, stands: () => true }

/** The gate of one process over a store that others use too. */
export class SharedGate<Session> implements StartableGate {
  readonly #parts: GateParts<Session>
  readonly #blocked: WritersBlocked
  readonly #record = new GateRecord()
  #place: GatePlace<Session> | undefined
  #steering: Steering<Session> | undefined
  #writerStatement: string | undefined
  #lease: Lease | undefined
  #wasTrusted = false
  /** Fences of the epoch that was seen last, so that all who use them share one batch of reads. */
  #fences: Fences | undefined
  /** The epoch that must end, and why. */
  #complaint: { readonly nonce: string; readonly reason: string } | undefined
  /** Times that the store was flushed under this process. */
  #flushes = 0
  #overdue = 0
  #timer: Timer | undefined
  #isBusy = false
  #isNudged = false
  #isStopped = false
  #unwatch = (): void => undefined

  constructor(parts: GateParts<Session>) {
    this.#parts = parts
    this.#blocked = new WritersBlocked(parts.clock)
  }

  /** Makes the table and the row if they are not there, and opens the gate; soon, or not before it has returned. */
  async start(): Promise<void> {
    const { truth, store, clock, random } = this.#parts
    const { namespace } = store
    const table = await prepareGateTable(truth)
    await insertGateRow(truth, table, namespace, 'closed')
    const place = { truth, table, namespace }
    this.#place = place
    this.#writerStatement = writerStatement(table, namespace)
    this.#steering = new Steering({
      place,
      store,
      clock,
      random,
      onBlocked: (row, blockers) => {
        this.#record.blockedBy(blockers)
        this.#tell('blocked', row, { blockers: blockers.map(describeBlocker) })
      },
    })
    this.#unwatch = store.watch((event) => {
      if (event === 'flushed') this.#flushed()
      this.#run()
    })
    this.#isBusy = true
    const patientUntilMs = clock.now() + START_PATIENCE_MS
    let next = await this.#cycle()
    while (!this.#isStopped && this.trusted() === undefined && this.#isOpeningSoon()) {
      if (clock.now() > patientUntilMs) break
      if (next !== 'now') await sleep(clock, LOOK_AGAIN_MS)
      next = await this.#cycle()
    }
    this.#rest(next)
  }

  #isOpeningSoon(): boolean {
    const { row } = this.#record
    return row?.state === 'open' || row?.state === 'opening' || (row?.state === 'closed' && !row.isHeld)
  }

  /** Gives its leases up, and looks after nothing any more. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#unwatch()
    this.#lease = undefined
  }

  trusted(): Fences | undefined {
    const lease = this.#lease
    if (!lease?.holds(this.#parts.clock)) return undefined
    try {
      return this.#parts.store.server().connection === lease.connection ? lease.fences : undefined
    } catch {
      return undefined
    }
  }

  trustedEpoch(): bigint | undefined {
    return this.trusted() && this.#lease?.epoch
  }

  served(by: keyof ReadsBy, keys: number): void {
    this.#record.served(by, keys)
  }

  get statement(): string | undefined {
    return this.#writerStatement
  }

  admit(found: Readonly<Record<string, unknown>> | undefined): Admission {
    if (!found)
      throw new StoreUnavailableError(`holdfast_gate has no row of '${this.#parts.store.namespace}'`)
    const row = readWriterRow(found)
    if (row.state === 'closed') return SKIP
    const fences = this.#fencesOf(row)
    const flushes = this.#flushes
    return {
      fences,
      mayApply: row.state === 'open',
      stands: () => flushes === this.#flushes && this.#isStill(row.run),
    }
  }

  cannotFence(): void {
    this.#blocked.failed()
  }

  async missed(fences: Fences): Promise<void> {
    if (!(await fences.isMarked())) this.accuse(fences, 'fences were lost before they were taken down')
  }

  accuse({ place }: Fences, reason: string): void {
    const { row } = this.#record
    if (this.#complaint?.nonce === place.nonce || row?.nonce !== place.nonce) return
    this.#complaint = { nonce: place.nonce, reason }
    this.#lease = undefined
    this.#tell('alarm', row, { reason })
    this.#run()
  }

  view(): GateView {
    return this.#record.view(this.trusted() !== undefined)
  }

  /** Looks after the gate now, and not only when its time has come. */
  #run(): void {
    if (this.#isStopped) return
    if (this.#isBusy) {
      this.#isNudged = true
      return
    }
    this.#timer?.cancel()
    this.#isBusy = true
    void this.#cycle().then((next) => this.#rest(next))
  }

  #rest(next: Next): void {
    this.#isBusy = false
    if (this.#isStopped) return
    const { clock, random } = this.#parts
    const usualMs = POLL_MS * (0.8 + 0.4 * random.float())
    const isSoon = this.#isNudged || next === 'now'
    const delayMs = isSoon ? 0 : next === 'usual' ? usualMs : Math.min(next.afterMs, usualMs)
    this.#isNudged = false
    this.#timer = clock.after(delayMs, () => this.#run())
  }

  /** Poll, look, trust or not, and one step of the gate. Never rejects: what failed is tried again. */
  async #cycle(): Promise<Next> {
    const { clock, store } = this.#parts
    try {
      const sent = momentOf(clock)
      const row = await this.#poll()
      this.#accept(row)
      if (!row) return 'usual'
      const sight = await lookAt(store, row)
      this.#trust(row, sight, sent)
      if (row.isStandby) return 'usual'
      const step = this.#steering?.step(row, sight, await this.#complaintOf(row))
      return (step && (await inTime(clock, STEP_LIMIT_MS, step))) ?? 'usual'
    } catch (error) {
      this.#tell('failed', this.#record.row, { error })
      return 'usual'
    }
  }

  /** Undefined when there was no answer in time, or no row. */
  async #poll(): Promise<PolledRow | undefined> {
    const { truth, clock } = this.#parts
    const place = this.#place
    if (!place || this.#overdue >= MOST_OVERDUE) return undefined
    this.#overdue++
    const asked = truth
      .query(truth.session, pollStatement(place.table, place.namespace))
      .finally(() => this.#overdue--)
    const rows = await inTime(clock, LEASE_MS, asked).catch((error: unknown) => {
      this.#tell('failed', this.#record.row, { error })
    })
    if (!rows) return undefined
    const [row] = rows
    if (row) return readPolledRow(row)
    await insertGateRow(truth, place.table, place.namespace, 'closing')
    return undefined
  }

  #accept(row: PolledRow | undefined): void {
    const before = this.#record.row
    if (row && before && row.epoch < before.epoch)
      this.#complaint = { nonce: row.nonce, reason: 'PostgreSQL went back to an earlier epoch' }
    const isOpen = row?.state === 'open' && row.nonce === this.#lease?.fences.place.nonce
    // Without an answer the lease goes on, until its time is over.
    if (row && !isOpen) this.#lease = undefined
    if (!this.#record.saw(row)) return
    if (row?.epoch !== before?.epoch) this.#blocked.cleared()
    this.#tell('moved', row, row ? { reason: row.reason } : {})
  }

  #trust(row: PolledRow, sight: Sight, sent: Moment): void {
    const isTrusted =
      row.state === 'open' &&
      !row.isStandby &&
      this.#complaint?.nonce !== row.nonce &&
      isAsExpected(row, sight)
    if (isTrusted) this.#lease = new Lease(this.#fencesOf(row), sight.server.connection, sent, row.epoch)
    // What was seen is certain; what was not seen, as when the store is slow, ends with the lease.
    else if (sight.isSeen) this.#lease = undefined
    const holds = this.trusted() !== undefined
    if (holds === this.#wasTrusted) return
    this.#wasTrusted = holds
    this.#tell(holds ? 'trusted' : 'distrusted', row)
  }

  async #complaintOf(row: PolledRow): Promise<string | undefined> {
    if (this.#complaint?.nonce === row.nonce) return this.#complaint.reason
    const canFence = row.state === 'open' || row.state === 'opening'
    if (canFence && (await this.#blocked.isLasting(this.#fencesOf(row))))
      return 'a writer could not put up fences'
    return undefined
  }

  #flushed(): void {
    this.#flushes++
    const { row } = this.#record
    if (row) this.accuse(this.#fencesOf(row), 'the data of the store was flushed')
  }

  #fencesOf(row: GateRow): Fences {
    const { nonce, run } = row
    if (this.#fences?.place.nonce !== nonce) this.#fences = this.#parts.store.within({ nonce, run })
    return this.#fences
  }

  #isStill(run: string): boolean {
    try {
      return this.#parts.store.server().run === run
    } catch {
      // The connection is gone. What was acknowledged stands, and no other run is trusted before its transaction ends.
      return true
    }
  }

  #tell(event: GateSignal['event'], row: PolledRow | undefined, more: Partial<GateSignal> = {}): void {
    if (!signals.gate.hasSubscribers) return
    const { state, store } = this.#parts
    const { namespace } = store
    const gate = row?.state ?? 'unknown'
    signals.gate.publish({ state, namespace, event, gate, epoch: String(row?.epoch ?? 0n), ...more })
  }
}
