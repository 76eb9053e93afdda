/**
 * The gate of a store that lives and dies with its process: it cannot come back with old data, and nobody else reads
 * from it or writes to it. So it needs no row and no leases, and is open.
 *
 * But for its beginning: the process before this one may have died in a COMMIT that PostgreSQL is still working on.
 * Until all transactions from before the start have ended, PostgreSQL answers.
 */
import type { Clock, Timer } from '../core/clock.ts'
import type { Fences, FenceStore } from '../fence/port.ts'
import type { Truth } from '../truth.ts'
import { boundaryNow, oldestRunning } from './older-transactions.ts'
import type { Admission, GateView, ReadsBy, StartableGate } from './port.ts'

/** Mostly those transactions end within some round trips. No clock is asked: that of a test may stand still. */
const LOOKS_AT_START = 50
const ASK_AGAIN_MS = 100

/** What it stands on. */
export interface ProcessGateParts<Session> {
  readonly truth: Truth<Session>
  readonly store: FenceStore
  readonly clock: Clock
}

/** The gate over a memory store. */
export class ProcessGate<Session> implements StartableGate {
  readonly #parts: ProcessGateParts<Session>
  readonly #fences: Fences
  readonly #reads: Record<'open' | 'opening', ReadsBy> = {
    open: { store: 0, truth: 0 },
    opening: { store: 0, truth: 0 },
  }
  #isOpen = false
  #isStopped = false
  #timer: Timer | undefined

  readonly statement: undefined

  constructor(parts: ProcessGateParts<Session>) {
    this.#parts = parts
    this.#fences = parts.store.within({ nonce: 'process', run: parts.store.server().run })
  }

  /** @throws what the database throws */
  async start(): Promise<void> {
    const boundary = await boundaryNow(this.#parts.truth)
    for (let looks = 0; looks < LOOKS_AT_START; looks++) if (await this.#tryToOpen(boundary)) return
    this.#openLater(boundary)
  }

  /** Nothing is read from the store any more. */
  stop(): void {
    this.#isStopped = true
    this.#isOpen = false
    this.#timer?.cancel()
  }

  trusted(): Fences | undefined {
    return this.#isOpen ? this.#fences : undefined
  }

  trustedEpoch(): bigint | undefined {
    return this.#isOpen ? 1n : undefined
  }

  served(by: keyof ReadsBy, keys: number): void {
    this.#reads[this.#isOpen ? 'open' : 'opening'][by] += keys
  }

  admit(): Admission {
    return { fences: this.#fences, mayApply: this.#isOpen, stands: () => true }
  }

  cannotFence(): void {}

  async missed(): Promise<void> {}

  /** Nothing in memory is lost. PostgreSQL was restored from a backup: what is there is of another history. */
  accuse(): void {
    this.stop()
  }

  view(): GateView {
    return {
      state: this.#isOpen ? 'open' : 'opening',
      epoch: '1',
      isTrusted: this.#isOpen,
      reason: this.#isOpen ? '' : 'older transactions have not ended',
      blockers: [],
      reads: structuredClone(this.#reads),
    }
  }

  async #tryToOpen(boundary: bigint): Promise<boolean> {
    // Without an answer it stays as it is: PostgreSQL is asked for everything anyway.
    const oldest = await oldestRunning(this.#parts.truth).catch(() => -1n)
    this.#isOpen = !this.#isStopped && oldest >= boundary
    return this.#isOpen
  }

  #openLater(boundary: bigint): void {
    if (this.#isStopped) return
    this.#timer = this.#parts.clock.after(ASK_AGAIN_MS, () => {
      void this.#tryToOpen(boundary).then((isOpen) => isOpen || this.#openLater(boundary))
    })
  }
}
