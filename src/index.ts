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
export type { Inspection, SeenValue } from './kinds/cached/inspect.ts'
export type { WarmOptions, WarmProgress, WarmReport } from './kinds/cached/warm.ts'
export type { CachedCounts } from './kinds/cached/counts.ts'
export {
  cached,
  type CachedKeyspace,
  type CachedSpec,
  type LoadContext,
  type LoadManyContext,
  type LoadResult,
} from './kinds/cached/declare.ts'
export { idempotency, type IdempotencyKeyspace, type IdempotencySpec } from './kinds/idempotency/declare.ts'
export type { Begun, Idempotency, Known } from './kinds/idempotency/outcomes.ts'
export { limiter, type LimiterKeyspace, type LimiterSpec } from './kinds/limiter/declare.ts'
export type { LimitState } from './kinds/limiter/port.ts'
export type { Rate } from './kinds/limiter/rate.ts'
export type { Limit, Limiter, TakeOptions } from './kinds/limiter/take.ts'
export { lock, type LockKeyspace, type LockSpec } from './kinds/lock/declare.ts'
export type { Lease, Lock } from './kinds/lock/run.ts'
export { strong, type StrongKeyspace, type StrongSpec } from './kinds/strong/declare.ts'
export type { Strong, StrongCounts, StrongReading } from './kinds/strong/strong.ts'
export { memoryStore, type MemoryStoreOptions } from './memory/store.ts'
export { open, type Dependencies, type OpenOptions } from './open.ts'
export type { Opened, State, Write } from './opened.ts'
export type { Store, StoreContext, StoreFactory } from './store.ts'
export type { TransactionOptions, Truth } from './truth.ts'
export type { Changes } from './write/changes.ts'
export type { WriteOptions } from './write/write.ts'
