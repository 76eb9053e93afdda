import type { Keyspace } from '../api/shapes.ts'

/** The counts that have a name of their own on the screen, in the order in which they are shown. */
const LABELS: Readonly<Record<string, string>> = {
  l1Hits: 'L1 hits',
  l2Hits: 'L2 hits',
  misses: 'Misses',
  loads: 'Loads',
  stale: 'Served stale',
  absent: 'Absent',
  refusedFills: 'Refused fills',
  sets: 'Sets',
  deletes: 'Deletes',
  errors: 'Errors',
  loadFailures: 'Load errors',
  storeFailures: 'Store errors',
  badEntries: 'Bad entries',
}
/** What should stay at zero. */
const FAILURES: readonly string[] = ['errors', 'loadFailures', 'storeFailures', 'badEntries']
/** Sizes, which are shown elsewhere. */
const NO_EVENTS: readonly string[] = ['l1Entries', 'l1Bytes']

/** A count as the panel shows it. */
export interface ShownCount {
  readonly name: string
  readonly count: number
  /** True when it counts failures, and there were some. */
  readonly alarming: boolean
}

/** One count; 0 where the kind does not count it. */
export function countOf({ counts }: Keyspace, name: string): number {
  return counts[name] ?? 0
}

/** Reads that found nothing cached. Where misses are not counted, each of them was a load. */
export function missesOf(keyspace: Keyspace): number {
  return keyspace.counts['misses'] ?? countOf(keyspace, 'loads')
}

/** All reads of a keyspace since the desk started. */
export function readsOf(keyspace: Keyspace): number {
  return countOf(keyspace, 'l1Hits') + countOf(keyspace, 'l2Hits') + missesOf(keyspace)
}

/** Everything that failed. */
export function failuresOf(keyspace: Keyspace): number {
  return FAILURES.reduce((sum, name) => sum + countOf(keyspace, name), 0)
}

/** The counts to show: known ones in a fixed order, then whatever else the kind counts. */
export function shownCounts({ counts }: Keyspace): readonly ShownCount[] {
  const known = Object.keys(LABELS).filter((name) => name in counts)
  const others = Object.keys(counts).filter((name) => !(name in LABELS) && !NO_EVENTS.includes(name))
  return [...known, ...others].map((name) => {
    const count = counts[name] ?? 0
    return { name: LABELS[name] ?? words(name), count, alarming: count > 0 && FAILURES.includes(name) }
  })
}

function words(camelCase: string): string {
  const spaced = camelCase.replace(/([A-Z])/g, ' $1').toLowerCase()
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}
