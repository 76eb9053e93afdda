import type { CollectionStore } from './collection/port.ts'
import type { Clock } from './core/clock.ts'
import type { ChangeListener, EntryStore } from './entry/port.ts'
import type { FenceStore } from './fence/port.ts'
import type { DenylistStore } from './kinds/denylist/port.ts'
import type { LimiterStore } from './kinds/limiter/port.ts'
import type { LockStore } from './kinds/lock/port.ts'
import type { SessionStore } from './kinds/session/port.ts'
import type { TopicStore } from './kinds/topic/port.ts'
import type { OutboxStore } from './outbox/port.ts'
import type { QueueBackends } from './kinds/queue/port.ts'
import type { ScheduleStore } from './kinds/schedule/port.ts'
import type { SurveyStore } from './survey/port.ts'
import type { TallyStore } from './tallies/port.ts'

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
  readonly denied: DenylistStore
  readonly limits: LimiterStore
  readonly sessions: SessionStore
  readonly topics: TopicStore
  readonly collections: CollectionStore
  readonly outbox: OutboxStore
  readonly schedules: ScheduleStore
  /** `process`: a truth is the better place. Undefined where the store cannot keep jobs. */
  readonly queues: { readonly reach: 'process' | 'shared'; readonly open: QueueBackends } | undefined
  readonly tallies: TallyStore
  readonly survey: SurveyStore
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
