import type { Immutable } from '../../core/immutable.ts'

/** A value, and who answered. */
export interface StrongReading<Value> {
  readonly value: Immutable<Value> | null
  /** `l2`: the store; `source`: PostgreSQL. */
  readonly tier: 'l2' | 'source'
}

/**
 * A strong keyspace in use.
 *
 * After a `write` that touched a key resolves, every `get` of it invoked later, in any process, returns that state or
 * a newer one; once any `get` has returned a state, no later one returns an older. A hit costs one round trip to the
 * store. Whenever the store cannot answer for that, PostgreSQL does. The limits are in `docs/concepts/consistency.md`.
 *
 * Every method may reject with InvalidIdError, ClosedError, LoadError and LoadTimeoutError, and with InvalidValueError
 * or ValueTooLargeError for what a loader answered.
 */
export interface Strong<Id, Value> {
  /** The value, or null when there is none. */
  get(id: Id): Promise<Immutable<Value> | null>
  /** The values in the order of `ids`, all as of one moment: never one from before a transaction and one from after it. */
  getMany(ids: readonly Id[]): Promise<(Immutable<Value> | null)[]>
  /** The value, and who answered. */
  read(id: Id): Promise<StrongReading<Value>>
  /** What this process counted so far. */
  counts(): StrongCounts
}

/** What a strong keyspace counts in this process. */
export type StrongCounts = {
  /** Reads answered by the store. */
  l2Hits: number
  /** Reads answered by PostgreSQL. */
  misses: number
  /** Of those, how many because the gate did not let them ask the store. */
  ungated: number
  /** Of those, how many met the fence of a writer. */
  fenced: number
  /** Keys that loaders were asked for. Reads that share a load count it once. */
  loads: number
  /** Keys whose load failed, and keys of reads that did not wait for it any longer. */
  loadFailures: number
  /** Loaded values that were not stored, because a writer came first. */
  refusedFills: number
  /** Fences of writers that had died, taken down. */
  healed: number
  /** Stored entries that could not be read. */
  badEntries: number
  /** Calls that went on without the store. */
  storeFailures: number
}

/** All counts at zero. */
export function zeroStrongCounts(): StrongCounts {
  return {
    l2Hits: 0,
    misses: 0,
    ungated: 0,
    fenced: 0,
    loads: 0,
    loadFailures: 0,
    refusedFills: 0,
    healed: 0,
    badEntries: 0,
    storeFailures: 0,
  }
}
