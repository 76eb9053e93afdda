import { type Clock, sleep } from '../core/clock.ts'
import { type OutboxSignal, signals } from '../core/signals.ts'
import type { Truth } from '../truth.ts'
import type { Lane, Turn } from './lane.ts'
import { RelayLease } from './lease.ts'
import type { OutboxTables } from './table.ts'

/** What a relay stands on. */
export interface RelayParts<Session> {
  readonly state: string
  readonly namespace: string
  readonly clock: Clock
  readonly truth: Truth<Session>
  readonly tables: OutboxTables
  readonly lanes: readonly Lane<Session>[]
  /** How long a relay that is silent keeps others from taking over. */
  readonly leaseMs: number
  /** How long what was handed on is kept; undefined for not at all. */
  readonly retainMs: number | undefined
}

/** Without any hint, so often is looked. */
const IDLE_MS = 500
const FIRST_FAILED_MS = 50
const LONGEST_WAIT_MS = 1_000
const SWEEP_EVERY_MS = 5_000
/** Hands on what writes leave in the outbox, while this process has the lease for it. */
export class Relay<Session> {
  readonly #parts: RelayParts<Session>
  readonly #lease: RelayLease<Session>
  #isStopped = false
  #isActive = false
  #hints = 0
  #problem: string | undefined
  #wakeUps = new Set<() => void>()
  #running: Promise<unknown> = Promise.resolve()

  constructor(parts: RelayParts<Session>) {
    this.#parts = parts
    const { truth, clock, tables, namespace, state, leaseMs } = parts
    const row = { table: tables.relay, namespace, owner: state, leaseMs }
    this.#lease = new RelayLease(truth, clock, row, (isHeld) => this.#turnOver(isHeld))
  }

  /** Whether this process is the one that relays. */
  get isActive(): boolean {
    return this.#lease.isHeld
  }

  /** Why nothing could be handed on of late; undefined when it could. */
  get problem(): string | undefined {
    return this.#problem
  }

  start(): void {
    this.#lease.start()
    this.#running = Promise.all([...this.#parts.lanes.map((lane) => this.#run(lane)), this.#sweep()])
  }

  /** There may be something to relay. */
  wake(): void {
    this.#hints++
    for (const wakeUp of this.#wakeUps) wakeUp()
  }

  /** Finishes the batches under way, and lets another process take over. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.wake()
    await this.#running
    await this.#lease.stop()
  }

  #turnOver(isHeld: boolean): void {
    if (isHeld === this.#isActive) return
    this.#isActive = isHeld
    for (const lane of this.#parts.lanes) lane.forget()
    this.#tell({ event: isHeld ? 'active' : 'standby' })
    if (isHeld) this.wake()
  }

  async #run(lane: Lane<Session>): Promise<void> {
    let failures = 0
    while (!this.#isStopped) {
      const hints = this.#hints
      if (this.#lease.isHeld) {
        try {
          const turn = await lane.turn()
          failures = 0
          this.#report(lane, turn)
          if (turn.isFull) continue
        } catch (error) {
          const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_FAILED_MS * 2 ** Math.min(failures++, 10))
          this.#problem = error instanceof Error ? error.message : 'it threw what is no error'
          this.#tell({ event: 'failed', kind: lane.kind, error })
          await this.#wait(waitMs)
          continue
        }
      }
      if (hints === this.#hints || !this.#lease.isHeld) await this.#wait(IDLE_MS)
    }
  }

  #report({ kind }: Lane<Session>, { relayed, recalled, refused }: Turn): void {
    this.#problem = undefined
    if (recalled > 0) this.#tell({ event: 'recalled', kind, count: recalled })
    if (relayed > 0) this.#tell({ event: 'relayed', kind, count: relayed })
    for (const { event: id, reason } of refused) this.#tell({ event: 'refused', kind, id, reason })
  }

  async #sweep(): Promise<void> {
    const { clock, lanes, retainMs } = this.#parts
    if (retainMs === undefined) return
    let sweptMs = clock.now()
    while (!this.#isStopped) {
      await this.#wait(SWEEP_EVERY_MS)
      if (!this.#lease.isHeld || clock.now() - sweptMs < SWEEP_EVERY_MS) continue
      sweptMs = clock.now()
      for (const { rows, kind } of lanes)
        await rows.sweep(retainMs).catch((error: unknown) => this.#tell({ event: 'failed', kind, error }))
    }
  }

  /** Until a hint, and no longer than this. */
  async #wait(longestMs: number): Promise<void> {
    if (this.#isStopped) return
    const woken = new AbortController()
    const wakeUp = (): void => woken.abort()
    this.#wakeUps.add(wakeUp)
    await sleep(this.#parts.clock, longestMs, woken.signal).catch(() => undefined)
    this.#wakeUps.delete(wakeUp)
  }

  #tell(message: Omit<OutboxSignal, 'state' | 'namespace'>): void {
    const { state, namespace } = this.#parts
    if (signals.outbox.hasSubscribers) signals.outbox.publish({ state, namespace, ...message })
  }
}
