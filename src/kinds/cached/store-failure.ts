import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'

/** Counts and tells that the store did not do what it was asked. */
export function storeFailed(
  { state, name }: KeyspaceContext,
  counts: CachedCounts,
  operation: string,
  error: unknown,
): void {
  counts.storeFailures++
  if (signals.storeFailure.hasSubscribers)
    signals.storeFailure.publish({ state, keyspace: name, operation, error })
}
