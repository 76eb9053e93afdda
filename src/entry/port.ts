import type { NewValue } from './entry.ts'

/**
 * Where the entries of cached keyspaces live, in terms of the entry protocol (see `entry.ts`). Memory and Redis
 * implement it; one conformance suite holds them to it. Keys come without the store's namespace.
 *
 * Every method may reject with StoreUnavailableError, StoreTimeoutError or StoreRefusedError.
 */
export interface EntryStore {
  /**
   * How far the store's clock is ahead of this process's monotonic one, in milliseconds, as well as it is known: an
   * entry's `bornMs` less this is a time of `clock.now()`.
   */
  offsetMs(): number

  /** The raw entry under `key`. */
  read(key: string): Promise<string | null>

  /** The raw entries under `keys`, in their order, as one command. */
  readMany(keys: readonly string[]): Promise<(string | null)[]>

  /** Takes the ticket of `key`, if nobody has it. It ends by itself after `leaseMs`. */
  claim(key: string, ticket: string, leaseMs: number): Promise<boolean>

  /**
   * Stores a loaded value and uses up the ticket; kept for `keepMs`. `ageMs` is how long ago the load began: a value
   * is as old as the question that it answers. False, and nothing stored, when the ticket was taken away or the
   * entry is no longer the one of which `base` is the token (`baseOf`): then the load was overtaken.
   */
  fill(
    key: string,
    ticket: string,
    base: string,
    value: NewValue,
    ageMs: number,
    keepMs: number,
  ): Promise<boolean>

  /** Gives the ticket back unused, if it is still there. */
  release(key: string, ticket: string): Promise<void>

  /** Stores a value whatever is there, and takes the ticket from whoever loads; both at once. Kept for `keepMs`. */
  put(key: string, token: string, value: NewValue, keepMs: number): Promise<void>

  /**
   * Makes entries count as not fresh any more and takes their tickets away, at once for each key: they are kept as
   * something to fall back to. How many there were.
   */
  expire(keys: readonly string[], token: string): Promise<number>

  /** The mark under `key`; stores this one when there is none. Kept for `keepMs`, or for good. */
  ensureMark(key: string, mark: string, keepMs: number | undefined): Promise<string>

  /** Stores a mark over whatever is there. Kept for `keepMs`, or for good. */
  putMark(key: string, mark: string, keepMs: number | undefined): Promise<void>

  /** Removes entries and takes their tickets away, at once for each key. How many entries there were. */
  remove(keys: readonly string[]): Promise<number>
}

/**
 * Changes by others: what keeps an L1 honest. A store reports every change of a tracked key that another client
 * made, and every doubt. It may also report a client's own fill; never its own put or remove.
 */
export interface ChangeListener {
  /** The entry under `key` changed. */
  changed(key: string): void
  /** The ticket of `key`, whatever its prefix, was taken, taken away, given back or used. */
  ticketChanged(key: string): void
  /** Changes may have been missed, or everything changed: nothing read so far may be trusted. */
  lost(): void
  /** Changes are reported again from now on. */
  resumed(): void
}
