import type { Clock, KeyspaceTotals, SizeReport } from 'holdfast'
import type { DeskState } from './state.ts'

/** What the store knows of one keyspace: counted by all desks, and what it holds for it. */
export interface SharedKeyspace {
  /** Hits among hits and loads of all desks. */
  readonly hitRatio: number | null
  /** How long ago a load of any desk last stored a value. */
  readonly lastRefreshAgeMs: number | null
  /** As of the last look, at most some minutes ago; null before the first. `bytes` is an estimate. */
  readonly size: { readonly keys: number; readonly bytes: number | null } | null
}

/** What the store knows, as of a moment ago: asking is free, and never waits. */
export interface SharedView {
  /** Null for a kind of which the store knows nothing, and before the first look. */
  of(keyspace: string): SharedKeyspace | null
}

const TOTALS_EVERY_MS = 5_000
/** It looks at every key. */
const SIZES_EVERY_MS = 60_000
const SIZE_LIMITS = { maxKeys: 100_000, timeLimit: '5s' } as const

/** The view of a desk. The store is asked only while somebody asks here, and however many do, no more often. */
export function createSharedView(state: Pick<DeskState, 'totals' | 'sizes'>, clock: Clock): SharedView {
  const totals = remembered(clock, TOTALS_EVERY_MS, () => state.totals())
  const sizes = remembered(clock, SIZES_EVERY_MS, () => state.sizes(SIZE_LIMITS))
  return {
    of(keyspace) {
      const counted: KeyspaceTotals | undefined = totals()?.[keyspace]
      const size = sizeOf(sizes(), keyspace)
      if (!counted && !size) return null
      const refreshedMs = counted?.lastRefreshMs ?? null
      return {
        hitRatio: counted?.hitRatio ?? null,
        lastRefreshAgeMs: refreshedMs === null ? null : Math.max(0, clock.wall() - refreshedMs),
        size,
      }
    },
  }
}

function sizeOf(report: SizeReport | undefined, keyspace: string): SharedKeyspace['size'] {
  const size = report?.keyspaces[keyspace]
  return size ? { keys: size.keys, bytes: size.bytes } : null
}

/** What `ask` last answered. It is asked again behind the caller, once that is older than `everyMs`. */
function remembered<Value>(
  clock: Clock,
  everyMs: number,
  ask: () => Promise<Value>,
): () => Value | undefined {
  let latest: Value | undefined
  let askedMs = -Infinity
  let isAsking = false
  return () => {
    if (!isAsking && clock.now() - askedMs >= everyMs) {
      isAsking = true
      askedMs = clock.now()
      // A store that is away has nothing newer to say; its outage is told elsewhere.
      ask()
        .then((value) => (latest = value))
        .catch(() => undefined)
        .finally(() => (isAsking = false))
    }
    return latest
  }
}
