import type { Duration } from '../../core/duration.ts'
import type { Immutable } from '../../core/immutable.ts'
import type { Tier } from '../../core/signals.ts'
import type { Acknowledged, Removed, RemovedMany } from './acknowledged.ts'
import type { CachedCounts } from './counts.ts'
import type { LoadFunction } from './declare.ts'
import type { Inspection } from './inspect.ts'
import type { WarmOptions, WarmReport } from './warm.ts'

/** What a single read may ask for. */
export interface ReadOptions {
  /** A hard bound on the age of the answer: an older value is loaded again, or the read fails with TooOldError. */
  readonly maxAge?: Duration
}

/** A value with its provenance. */
export interface Reading<Value> {
  readonly value: Immutable<Value> | null
  /** Milliseconds since the load or the `set` that this value comes from began. */
  readonly ageMs: number
  /** Who answered. */
  readonly tier: Tier
  /** Older than the keyspace's ttl. */
  readonly stale: boolean
}

/** A function that was wrapped into a keyspace. */
export type Wrapped<Id, Value> = (id: Id, options?: ReadOptions) => Promise<Immutable<Value> | null>

/**
 * A cached keyspace in use: eventual values, read from memory, else from the store, else from the loader.
 *
 * After a `set` or `delete` resolves, no later read in this process answers with what was there before, and a load
 * that it overtook is not stored anywhere. Other processes follow within the time of one message from Redis; one that
 * Redis does not reach stops trusting its memory after a second and the command timeout.
 * Reads go on without the store, straight to the loader.
 *
 * Every method may reject with InvalidIdError and ClosedError. Reads also with LoadError and LoadTimeoutError, with
 * InvalidValueError and ValueTooLargeError for what a loader answered, with TooOldError and DeclarationError for their
 * `maxAge`; without a loader with the store's errors, because "no answer" is not "no value".
 */
export interface Cached<Id, Value> {
  /** The value, or null when there is none. */
  get(id: Id, options?: ReadOptions): Promise<Immutable<Value> | null>
  /** The values in the order of `ids`: one round trip, one `loadMany` for what is missing. */
  getMany(ids: readonly Id[], options?: ReadOptions): Promise<(Immutable<Value> | null)[]>
  /** The value with its age and origin. */
  read(id: Id, options?: ReadOptions): Promise<Reading<Value>>
  /** Values with age and origin, in the order of `ids`. */
  readMany(ids: readonly Id[], options?: ReadOptions): Promise<Reading<Value>[]>
  /**
   * A function that reads through this keyspace as `get` does, with `load` in the place of the declared loader, and
   * where none is declared. All else is as declared: ttl, schema, tags, deadline, one load at a time for a key.
   *
   * A key has one value, whoever loads it: while one load of it is under way everybody who wants this key waits for
   * that one, also when they brought another function. Wrap functions that answer alike; what an answer depends on
   * belongs in the id.
   *
   * @throws DeclarationError for what is no function
   */
  wrap(load: LoadFunction<Id, Value>): Wrapped<Id, Value>
  /** What the memory of this process has, at once: undefined when it has nothing fresh. Needs `l1`. */
  peek(id: Id): Immutable<Value> | null | undefined
  /**
   * Stores a value, over whatever is there and whoever is loading. Resolves when every tier has confirmed it.
   *
   * @throws InvalidValueError, ValueTooLargeError; StoreUnavailableError, StoreTimeoutError or StoreRefusedError
   * when the store did not confirm: it may hold the old value or the new one. `acknowledgedBy` of the error names the
   * tiers that hold nothing older all the same.
   */
  set(id: Id, value: Value | null): Promise<Acknowledged>
  /**
   * Stores values as `set` does, a thousand at a time. Not all or nothing, but all or told.
   *
   * @throws InvalidValueError, ValueTooLargeError: nothing was sent. PartlyStoredError, which names the keys that the
   * store did not confirm
   */
  setMany(entries: Iterable<readonly [Id, Value | null]>): Promise<Acknowledged>
  /** Removes a value. Resolves when every tier has confirmed it. Fails as `set` does. */
  delete(id: Id): Promise<Removed>
  /**
   * Makes a value count as not fresh any more: the next read loads it again, and has it to fall back to where the
   * keyspace allows that. Fails as `set` does.
   */
  expire(id: Id): Promise<Removed>
  /**
   * Removes values, a thousand in one round trip. Fails as `set` does: then some may be removed and some not. The
   * same call again is safe.
   */
  deleteMany(ids: readonly Id[]): Promise<RemovedMany>
  /**
   * Removes all values, or those of a declared group, as in `clear({ userId })`: at once, on every node, by one
   * command, however many there are. Fails as `set` does; also with DeclarationError for what is no group.
   */
  clear(group?: Partial<Id>): Promise<void>
  /**
   * Brings values into the cache before they are asked for: page by page, bounded in memory and in work at a time.
   * What is there and fresh is left alone, so nothing newer is overwritten. Pages that fail are counted.
   *
   * @throws DeclarationError for an option that is none; what `ids` throws
   */
  warm(ids: Iterable<Id> | AsyncIterable<Id>, options?: WarmOptions): Promise<WarmReport>
  /** One key as every tier sees it at this moment. Loads nothing and changes nothing. */
  inspect(id: Id): Promise<Inspection<Value>>
  /** What this process counted so far. */
  counts(): CachedCounts
}
