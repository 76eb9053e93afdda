import type { Clock } from '../core/clock.ts'
import { DeclarationError } from '../core/errors.ts'
import { MemoryEntries } from '../entry/memory.ts'
import { memoryFences } from '../fence/memory.ts'
import type { FenceStore } from '../fence/port.ts'
import { memoryLimits } from '../kinds/limiter/memory.ts'
import type { LimiterStore } from '../kinds/limiter/port.ts'
import { memoryLocks } from '../kinds/lock/memory.ts'
import type { LockStore } from '../kinds/lock/port.ts'
import type { StoreFactory } from '../store.ts'

/** The bound of the memory store. */
export interface MemoryStoreOptions {
  /** Entries of cached, and of strong, keyspaces that are kept; beyond it the oldest goes. Default 100,000. */
  readonly maxEntries?: number
}

/**
 * State in the memory of this process: for tests, and for an application that runs as one process. Every `open`
 * with the same `memoryStore()` shares its state, as processes share a Redis.
 */
export function memoryStore(options: MemoryStoreOptions = {}): StoreFactory {
  const maxEntries = options.maxEntries ?? 100_000
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw new DeclarationError('memoryStore.maxEntries', `${maxEntries} is no whole number above 0`)
  }
  let shared:
    | { clock: Clock; entries: MemoryEntries; fences: FenceStore; locks: LockStore; limits: LimiterStore }
    | undefined
  return ({ clock, trackedPrefixes, listener }) => {
    shared ??= {
      clock,
      entries: new MemoryEntries(clock, maxEntries),
      fences: memoryFences(clock, maxEntries),
      locks: memoryLocks(clock),
      limits: memoryLimits(clock),
    }
    if (shared.clock !== clock) {
      throw new DeclarationError(
        'open.clock',
        'differs from the clock with which this memory store was opened first',
      )
    }
    const client = shared.entries.client(trackedPrefixes, listener)
    return {
      name: 'memory',
      entries: client.entries,
      fences: shared.fences,
      locks: shared.locks,
      limits: shared.limits,
      connect: async () => client.connect(),
      ping: async () => undefined,
      close: async () => client.disconnect(),
    }
  }
}
