export { type Clock, type Timer, every, sleep, systemClock } from './core/clock.ts'
export type { Duration } from './core/duration.ts'
export * from './core/errors.ts'
export type { Immutable } from './core/immutable.ts'
export { type Random, systemRandom } from './core/random.ts'
export { type Tier, signals } from './core/signals.ts'
export type { Schema } from './core/standard-schema.ts'
export type { Expectation, Keyspace } from './keyspace/keyspace.ts'
export type { KeyspaceDescription } from './keyspace/describe.ts'
export type { IdOf } from './keyspace/pattern.ts'
export type { Cached, Reading, ReadOptions } from './kinds/cached/cached.ts'
export type { CachedCounts } from './kinds/cached/counts.ts'
export {
  cached,
  type CachedKeyspace,
  type CachedSpec,
  type LoadContext,
  type LoadManyContext,
  type LoadResult,
} from './kinds/cached/declare.ts'
export { lock, type LockKeyspace, type LockSpec } from './kinds/lock/declare.ts'
export type { Lease, Lock } from './kinds/lock/run.ts'
export { memoryStore, type MemoryStoreOptions } from './memory/store.ts'
export { open, type Dependencies, type Opened, type OpenOptions, type State } from './open.ts'
export type { Store, StoreContext, StoreFactory } from './store.ts'
