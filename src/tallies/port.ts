import type { Timer } from '../core/clock.ts'

/** What one process counted in one keyspace since it opened it. */
export interface Counted {
  /** Each only ever grows. */
  readonly counts: Readonly<Record<string, number>>
  /** How long ago a load last stored a value; undefined when none did. */
  readonly refreshAgeMs: number | undefined
  /** How long ago a load last failed; undefined when none did. */
  readonly failureAgeMs: number | undefined
}

/** What all processes counted in one keyspace. Times are milliseconds since 1970 by the store's clock. */
export interface Tally {
  readonly counts: Readonly<Record<string, number>>
  /** When counting began: later than the first process when the store has lost it since. Null: nothing was counted. */
  readonly sinceMs: number | null
  readonly refreshedMs: number | null
  readonly failedMs: number | null
}

/**
 * Where counts of all processes come together. Memory and Redis implement it; one conformance suite holds them to it.
 *
 * A report names the writer and everything that it counted so far, not what was added. The store knows the writer's
 * last report and adds the difference, where it is above zero. So a report that comes twice, late, or in the wrong
 * order adds nothing, and one of which nobody knows whether it arrived is simply followed by the next.
 *
 * Every method may reject with StoreUnavailableError, StoreTimeoutError or StoreRefusedError.
 */
export interface TallyStore {
  /**
   * Adds what `writer` counted in `keyspace` beyond its last report. False when no report of this writer is known:
   * then this one is where its next is counted from, and adds nothing. A writer begins with a report of nothing, and
   * reports again within `WRITER_KEPT_MS`.
   */
  report(keyspace: string, writer: string, counted: Counted): Promise<boolean>

  /** The tallies of these keyspaces, in their order. */
  read(keyspaces: readonly string[]): Promise<Tally[]>

  /** Calls `report` whenever the store wants to know: often enough that little is lost with a process. */
  wheneverWanted(report: () => Promise<void>): Timer
}

/** The last report of a writer that is silent for longer is forgotten. */
export const WRITER_KEPT_MS = 86_400_000
