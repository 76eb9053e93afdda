import type { Keyspace } from '../api/shapes.ts'
import { readsOf } from './keyspace-counts.ts'

/**
 * The keyspaces by the magnitude of their reads, otherwise in their own order: a list that moves cannot be read. Those
 * without reads, locks for example, come last.
 */
export function busiestFirst(keyspaces: readonly Keyspace[]): readonly Keyspace[] {
  const magnitude = (keyspace: Keyspace): number => {
    const reads = readsOf(keyspace)
    return reads === 0 ? -1 : Math.floor(Math.log10(reads))
  }
  return keyspaces.toSorted((a, b) => magnitude(b) - magnitude(a))
}
