import type { Fences } from '../fence/port.ts'
import type { Blocker } from './blockers.ts'
import type { GateState } from './row.ts'

/** What the gate asks of one transaction. */
export interface Admission {
  /** Where it must put its fences; undefined when nobody reads from the store, and there is nothing to guard. */
  readonly fences: Fences | undefined
  /** Whether its values may take the place of its fences. */
  readonly mayApply: boolean
  /** Whether the fences that it put up still stand, as far as this process was told. */
  stands(): boolean
}

/** Reads of keys, by who answered. */
export interface ReadsBy {
  store: number
  truth: number
}

/** The gate as this process sees it. */
export interface GateView {
  /** `unknown`: PostgreSQL was not asked yet, or does not answer. */
  readonly state: GateState | 'unknown'
  readonly epoch: string
  /** Strong reads of this process may be answered by the store. */
  readonly isTrusted: boolean
  /** Why it is not open, or was closed last. */
  readonly reason: string
  /** Who keeps it from opening. */
  readonly blockers: readonly Blocker[]
  /** Keys of strong reads, by the state in which the gate was. */
  readonly reads: Readonly<Partial<Record<GateState | 'unknown', Readonly<ReadsBy>>>>
}

/**
 * Says which store may be trusted now. Readers ask it before each read, writers once in each transaction. It never
 * fails a read: without an answer PostgreSQL is asked.
 */
export interface Gate {
  /** Where strong values may be read now, always the same in one epoch. Undefined: PostgreSQL answers, and nothing is stored. */
  trusted(): Fences | undefined

  /** The epoch in which the store is trusted now. Once a later one is, by anybody, nobody is told an earlier one. */
  trustedEpoch(): bigint | undefined

  /** Counts a read. */
  served(by: keyof ReadsBy, keys: number): void

  /**
   * What a writer sends in its transaction, after that has its id, in a statement of its own: `admit` takes its row.
   * Under another isolation level than read committed it must be sent outside of the transaction, whose snapshot may
   * be from before the gate moved. Undefined: there is nothing to send.
   */
  readonly statement: string | undefined

  /** @throws StoreUnavailableError when there is no row */
  admit(row: Readonly<Record<string, unknown>> | undefined): Admission

  /** A writer was rolled back because the store did not take its fences. */
  cannotFence(): void

  /** A fence was not there when it was to be taken down. Somebody may have taken it down; or the store lost it. */
  missed(fences: Fences): Promise<void>

  /** What lies there is not to be trusted any more: nobody reads it from now on, and the gate closes. */
  accuse(fences: Fences, reason: string): void

  view(): GateView
}

/** A gate and its course. Before it is started, and after it was stopped, it trusts nothing. */
export interface StartableGate extends Gate {
  /** To be called once, when the store is connected. @throws what the database throws */
  start(): Promise<void>
  stop(): void
}
