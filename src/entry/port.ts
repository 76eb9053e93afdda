import type { NewValue } from './entry.ts'

/**
 * Where the entries of cached keyspaces live, in terms of the entry protocol (see `entry.ts`). Memory and Redis
 * implement it; one conformance suite holds them to it. Keys come without the store's namespace.
 *
 * Every method may reject with StoreUnavailableError, StoreTimeoutError or StoreRefusedError.
 */
export interface EntryStore {
  /** Milliseconds of the store's clock, as well as this process knows it. Compare with an entry's `bornMs`. */
  now(): number

  /** The raw entry under `key`. */
  read(key: string): Promise<string | null>

  /** The raw entries under `keys`, in their order, as one command. */
  readMany(keys: readonly string[]): Promise<(string | null)[]>

  /**
   * Asks for the right to fill `key`. Granted when the entry is absent, or holds a value that nobody is replacing
   * (or whose replacer's time is over). The ticket ends by itself after `leaseMs`.
   */
  claim(key: string, ticket: string, leaseMs: number): Promise<boolean>

  /**
   * Stores a loaded value, if `ticket` still has the right to fill. `ageMs` is how long ago the load began: a value
   * is as old as the question that it answers. Kept for `keepMs`. False when the load was overtaken.
   */
  fill(key: string, ticket: string, value: NewValue, ageMs: number, keepMs: number): Promise<boolean>

  /** Gives the ticket back unused: an entry that was only claimed is removed, a claimed value stays. */
  release(key: string, ticket: string): Promise<void>

  /** Stores a value whatever is there, and takes the right to fill from whoever loads. Kept for `keepMs`. */
  put(key: string, token: string, value: NewValue, keepMs: number): Promise<void>

  /** Removes entries and the right to fill them. How many there were. */
  remove(keys: readonly string[]): Promise<number>
}

/**
 * Changes by others: what keeps an L1 honest. A store reports every change of a tracked key that another client
 * made, and every doubt.
 */
export interface ChangeListener {
  /** Somebody else changed `key`. */
  changed(key: string): void
  /** Changes may have been missed, or everything changed: nothing read so far may be trusted. */
  lost(): void
  /** Changes are reported again from now on. */
  resumed(): void
}
