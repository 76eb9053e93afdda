import type { NewValue } from './entry.ts'

/**
 * Where the entries of cached keyspaces live, in terms of the entry protocol (see `entry.ts`). Memory and Redis
 * implement it; one conformance suite holds them to it. Keys come without the store's namespace.
 *
 * Every method may reject with StoreUnavailableError, StoreTimeoutError or StoreRefusedError.
 */
export interface EntryStore {
  /**
   * How far the store's clock is ahead of this process's monotonic one, in milliseconds, as well as it is known: the
   * `bornMs` of the entry under `key` less this is a time of `clock.now()`. A store of several servers has as many
   * clocks.
   */
  offsetMs(key: string): number

  /** The raw entry under `key`, as text: a payload that is none comes out damaged. */
  read(key: string): Promise<string | null>

  /** The raw entries under `keys`, in their order, in one round trip to each server that holds some of them. */
  readMany(keys: readonly string[]): Promise<(string | null)[]>

  /** As `read`, for keyspaces whose payloads may be no text. */
  readBytes(key: string): Promise<Uint8Array | null>

  /** As `readMany`, for keyspaces whose payloads may be no text. */
  readManyBytes(keys: readonly string[]): Promise<(Uint8Array | null)[]>

  /** How the store keeps what is under `key`, for people. */
  look(key: string): Promise<EntryKeeping>

  /**
   * Takes the ticket of each key, if nobody has it; it ends by itself after `leaseMs`. The tickets that stand: one's own
   * where it was granted, else that of somebody else. One round trip to each server, each key for itself.
   */
  claimMany(keys: readonly string[], tickets: readonly string[], leaseMs: number): Promise<string[]>

  /**
   * The ticket of `key` ends `leaseMs` from now, if there is one: its holder is alive. Others are told. Whose ticket it
   * is, is not looked at: a holder that lost it without knowing keeps that of its successor alive for a moment.
   */
  extend(key: string, leaseMs: number): Promise<void>

  /**
   * Stores loaded values and uses up their tickets. False, and nothing stored, where the ticket was taken away or the
   * entry is no longer the one of which `base` is the token (`baseOf`): then the load was overtaken. One round trip to
   * each server, each key for itself. When it rejects, some may be stored.
   */
  fillMany(fills: readonly Fill[]): Promise<boolean[]>

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

  /** Removes marks: nobody loads them, so there are no tickets. Possible on a server that is full. */
  removeMarks(keys: readonly string[]): Promise<void>

  /** Takes tickets away, then removes their entries; possible on a server that is full. How many entries there were. */
  remove(keys: readonly string[]): Promise<number>
}

/** One loaded value. */
export interface Fill {
  readonly key: string
  readonly ticket: string
  /** The token of the entry that it replaces. */
  readonly base: string
  readonly value: NewValue
  /** How long ago the load began: a value is as old as the question that it answers. */
  readonly ageMs: number
  readonly keepMs: number
}

/** How a store keeps an entry, and what is beside it. */
export interface EntryKeeping {
  /** Null without an entry. `forMs`: how long it will be kept, null for good; `bytes`: null when nobody may ask. */
  readonly entry: { readonly forMs: number | null; readonly bytes: number | null } | null
  /** How long the ticket of a load lasts at most; null without one. */
  readonly ticketForMs: number | null
}

/**
 * Changes by others: what keeps an L1 honest. A store reports every change of a tracked key that another client
 * made, and every doubt. It may also report a client's own fill; never its own put or remove.
 */
export interface ChangeListener {
  /** The entry under `key` changed. */
  changed(key: string): void
  /** The ticket of `key`, whatever its prefix, was taken, extended, taken away, given back or used. */
  ticketChanged(key: string): void
  /** Changes may have been missed, or everything changed: nothing read so far may be trusted. */
  lost(): void
  /** Changes are reported again from now on. */
  resumed(): void
}
