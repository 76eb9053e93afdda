import type { Keyspace } from '../api/shapes.ts'
import { readsOf } from './keyspace-counts.ts'

/** The keyspaces by the magnitude of their reads, otherwise in their own order: a list that moves cannot be read. */
export function busiestFirst(keyspaces: readonly Keyspace[]): readonly Keyspace[] {
  const magnitude = (keyspace: Keyspace): number => Math.floor(Math.log10(readsOf(keyspace) + 1))
  return keyspaces.toSorted((a, b) => magnitude(b) - magnitude(a))
}
