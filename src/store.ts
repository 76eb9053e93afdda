import type { Clock } from './core/clock.ts'
import type { ChangeListener, EntryStore } from './entry/port.ts'
import type { FenceStore } from './fence/port.ts'
import type { LimiterStore } from './kinds/limiter/port.ts'
import type { LockStore } from './kinds/lock/port.ts'

/**
 * The store port: where shared state lives, as one part for each kind. `memoryStore()` and `redisStore()` make the
 * two implementations.
 */
export interface Store {
  /** `memory` or `redis`, for people. */
  readonly name: string
  readonly entries: EntryStore
  readonly fences: FenceStore
  readonly locks: LockStore
  readonly limits: LimiterStore
  /** Called once, before anything else. @throws StoreUnavailableError when it cannot be reached in time. */
  connect(): Promise<void>
  /** One cheap round trip; rejects as any other call does. For health checks. */
  ping(): Promise<void>
  /** Ends all connections. Calls in flight are rejected. */
  close(): Promise<void>
}

/** What a store is told when it is opened. */
export interface StoreContext {
  readonly clock: Clock
  /** Prefixes of the keys whose changes `listener` must hear of. */
  readonly trackedPrefixes: readonly string[]
  readonly listener: ChangeListener
}

/** Makes the store of one state, not yet connected. What `open({ store })` takes. */
export type StoreFactory = (context: StoreContext) => Store
