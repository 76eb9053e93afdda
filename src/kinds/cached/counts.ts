/** What a cached keyspace counts in this process. Exact, and always on: each is one addition. */
export type CachedCounts = {
  /** Reads answered by the memory of this process. */
  l1Hits: number
  /** Reads answered by the store. */
  l2Hits: number
  /** Reads that neither could answer: each of those who wait for one load counts. */
  misses: number
  /** Keys that loaders were asked for: what the source had to do. Reads that share a load count it once. */
  loads: number
  /** Of those, how many failed or took too long. */
  loadFailures: number
  /** Reads answered with a value past its ttl. They count above as well. */
  staleReads: number
  /** Loaded values that were not stored, because something newer had happened to the key. */
  refusedFills: number
  /** Stored entries that could not be read. */
  badEntries: number
  /** Calls that went on without the store. */
  storeFailures: number
  /** Keys in use that were loaded again before they expired. They count as loads, too. */
  aheadRefreshes: number
  /** Keys that are kept fresh in this way now. */
  activeKeys: number
  sets: number
  deletes: number
  clears: number
  /** Entries in the memory of this process now. */
  l1Entries: number
  /** Their encoded size. */
  l1Bytes: number
}

/** Those that do not only grow: how much there is now. */
const SIZES: readonly string[] = ['l1Entries', 'l1Bytes'] satisfies (keyof CachedCounts)[]

/** The counts without the sizes: what may be added up over processes. */
export function countedEvents(counts: CachedCounts): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([name]) => !SIZES.includes(name)))
}

/** All counts at zero. */
export function zeroCounts(): CachedCounts {
  return {
    l1Hits: 0,
    l2Hits: 0,
    misses: 0,
    loads: 0,
    loadFailures: 0,
    staleReads: 0,
    refusedFills: 0,
    badEntries: 0,
    storeFailures: 0,
    aheadRefreshes: 0,
    activeKeys: 0,
    sets: 0,
    deletes: 0,
    clears: 0,
    l1Entries: 0,
    l1Bytes: 0,
  }
}
