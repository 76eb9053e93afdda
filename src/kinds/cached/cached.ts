import type { Duration } from '../../core/duration.ts'
import type { Immutable } from '../../core/immutable.ts'
import type { Tier } from '../../core/signals.ts'
import type { CachedCounts } from './counts.ts'
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

/**
 * A cached keyspace in use: eventual values, read from memory, else from the store, else from the loader.
 *
 * After a `set` or `delete` resolves, no later read in this process answers with what was there before, and a load
 * that it overtook is not stored anywhere. Other processes follow within the time of one message from Redis.
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
  /** What the memory of this process has, at once: undefined when it has nothing fresh. Needs `l1`. */
  peek(id: Id): Immutable<Value> | null | undefined
  /**
   * Stores a value, over whatever is there and whoever is loading.
   *
   * @throws InvalidValueError, ValueTooLargeError; StoreUnavailableError, StoreTimeoutError or StoreRefusedError
   * when the store did not confirm: it may hold the old value or the new one.
   */
  set(id: Id, value: Value | null): Promise<void>
  /** Removes a value. Whether there was one. Fails as `set` does. */
  delete(id: Id): Promise<boolean>
  /**
   * Makes a value count as not fresh any more: the next read loads it again, and has it to fall back to where the
   * keyspace allows that. Whether there was one. Fails as `set` does.
   */
  expire(id: Id): Promise<boolean>
  /** Removes values in one round trip. How many there were. Fails as `set` does. */
  deleteMany(ids: readonly Id[]): Promise<number>
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
