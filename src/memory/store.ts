import { memoryCollections } from '../collection/memory.ts'
import type { CollectionStore } from '../collection/port.ts'
import type { Clock } from '../core/clock.ts'
import { DeclarationError } from '../core/errors.ts'
import { MemoryEntries } from '../entry/memory.ts'
import { memoryFences } from '../fence/memory.ts'
import type { FenceStore } from '../fence/port.ts'
import { memoryDenylist } from '../kinds/denylist/memory.ts'
import type { DenylistStore } from '../kinds/denylist/port.ts'
import { memoryLimits } from '../kinds/limiter/memory.ts'
import type { LimiterStore } from '../kinds/limiter/port.ts'
import { memoryLocks } from '../kinds/lock/memory.ts'
import type { LockStore } from '../kinds/lock/port.ts'
import { memorySessions } from '../kinds/session/memory.ts'
import type { SessionStore } from '../kinds/session/port.ts'
import { memoryTopics } from '../kinds/topic/memory.ts'
import type { TopicStore } from '../kinds/topic/port.ts'
import { memoryOutbox } from '../outbox/memory.ts'
import type { OutboxStore } from '../outbox/port.ts'
import type { ChangeListener } from '../entry/port.ts'
import { memorySchedules } from '../kinds/schedule/memory.ts'
import type { ScheduleStore } from '../kinds/schedule/port.ts'
import { memoryQueues } from '../kinds/queue/memory.ts'
import type { QueueBackends } from '../kinds/queue/port.ts'
import type { StoreFactory } from '../store.ts'
import { memorySurvey } from '../survey/memory.ts'
import type { SurveyStore } from '../survey/port.ts'
import { memoryTallies } from '../tallies/memory.ts'
import type { TallyStore } from '../tallies/port.ts'

/** The bound of the memory store. */
export interface MemoryStoreOptions {
  /** Entries of cached, and of strong, keyspaces that are kept; beyond it the oldest goes. Default 100,000. */
  readonly maxEntries?: number
}

interface Shared {
  readonly clock: Clock
  readonly entries: MemoryEntries
  readonly fences: FenceStore
  readonly locks: LockStore
  readonly denied: DenylistStore
  readonly limits: LimiterStore
  readonly sessions: SessionStore
  readonly topics: TopicStore
  readonly collections: CollectionStore
  readonly outbox: OutboxStore
  /** Those that are connected. */
  readonly listeners: Set<ChangeListener>
  readonly queues: QueueBackends
  readonly schedules: ScheduleStore
  readonly tallies: TallyStore
  readonly survey: SurveyStore
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
  let shared: Shared | undefined
  return ({ clock, trackedPrefixes, listener }) => {
    shared ??= openShared(clock, maxEntries)
    if (shared.clock !== clock) {
      throw new DeclarationError(
        'open.clock',
        'differs from the clock with which this memory store was opened first',
      )
    }
    const { listeners } = shared
    const client = shared.entries.client(trackedPrefixes, listener)
    return {
      name: 'memory',
      entries: client.entries,
      fences: shared.fences,
      locks: shared.locks,
      denied: shared.denied,
      limits: shared.limits,
      sessions: shared.sessions,
      topics: shared.topics,
      collections: shared.collections,
      outbox: shared.outbox,
      schedules: shared.schedules,
      queues: { reach: 'process', open: shared.queues },
      tallies: shared.tallies,
      survey: shared.survey,
      async connect() {
        client.connect()
        listeners.add(listener)
      },
      ping: async () => undefined,
      async close() {
        listeners.delete(listener)
        client.disconnect()
      },
    }
  }
}

function openShared(clock: Clock, maxEntries: number): Shared {
  const entries = new MemoryEntries(clock, maxEntries)
  const fences = memoryFences(clock, maxEntries)
  const locks = memoryLocks(clock)
  const limits = memoryLimits(clock)
  const denied = memoryDenylist(clock)
  const sessions = memorySessions(clock)
  const listeners = new Set<ChangeListener>()
  const changed = (key: string): void => listeners.forEach((listener) => listener.changed(key))
  const topics = memoryTopics(clock, changed)
  const collections = memoryCollections(clock)
  const survey = memorySurvey({
    plain: [
      entries.listing,
      locks.listing,
      denied.listing,
      limits.listing,
      sessions.listing,
      topics.listing,
      ...collections.listings,
    ],
    tickets: entries.ticketListing,
    strong: fences.listing,
  })
  const tallies = memoryTallies(clock)
  const outbox = memoryOutbox(changed)
  const queues = memoryQueues(clock)
  const schedules = memorySchedules(clock)
  return {
    clock,
    entries,
    fences,
    locks,
    denied,
    limits,
    sessions,
    topics,
    collections,
    queues,
    schedules,
    outbox,
    listeners,
    tallies,
    survey,
  }
}
