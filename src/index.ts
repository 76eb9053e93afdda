export type { Codec, Encoded, Payload } from './codec/codec.ts'
export type { Algorithm } from './codec/compression.ts'
export type { CodingSpec } from './codec/declare.ts'
export { json } from './codec/json.ts'
export { type Clock, type Timer, every, sleep, systemClock } from './core/clock.ts'
export type { Duration } from './core/duration.ts'
export * from './core/errors.ts'
export type { Immutable } from './core/immutable.ts'
export type { EncryptionKeys } from './core/keyring.ts'
export { type Random, systemRandom } from './core/random.ts'
export { type Tier, signals } from './core/signals.ts'
export type { Size } from './core/size.ts'
export { closeGate, gateStatus, type GateStatus, openGate, type OperateOptions } from './gate/operate.ts'
export type { Blocker } from './gate/blockers.ts'
export type { GateView, ReadsBy } from './gate/port.ts'
export type { GateState } from './gate/row.ts'
export type { Schema } from './core/standard-schema.ts'
export type { Expectation, Keyspace } from './keyspace/keyspace.ts'
export type { KeyspaceDescription } from './keyspace/describe.ts'
export type { IdOf } from './keyspace/pattern.ts'
export type { Acknowledged, Removed, RemovedMany } from './kinds/cached/acknowledged.ts'
export type { Cached, Reading, ReadOptions, Wrapped } from './kinds/cached/cached.ts'
export type { Inspection, SeenValue, StoredEntry } from './kinds/cached/inspect.ts'
export type { WarmOptions, WarmProgress, WarmReport } from './kinds/cached/warm.ts'
export type { CachedCounts } from './kinds/cached/counts.ts'
export {
  cached,
  type CachedKeyspace,
  type CachedSpec,
  type LoadContext,
  type LoadFunction,
  type LoadManyContext,
  type LoadResult,
} from './kinds/cached/declare.ts'
export type {
  CollectionStore,
  CountStore,
  KeepMs,
  ListStore,
  NearPlace,
  Place,
  PlaceStore,
  Point,
  RankingOrder,
  RankingStore,
  RecordStore,
  Revised,
  Scored,
  ScoreOutcome,
  ScoreRules,
  SetPage,
  SetStore,
  StoredRecord,
  UniqueStore,
} from './collection/port.ts'
export type { Choice, InWindows, KeptFor, WindowChoice, WindowSpec } from './collection/lifetime.ts'
export type { Counter, WindowCount, WindowedCounter } from './kinds/counter/counter.ts'
export { counter, type CounterKeyspace, type CounterSpec } from './kinds/counter/declare.ts'
export { flags, type FlagsKeyspace, type FlagsSpec } from './kinds/flags/declare.ts'
export type { Flags } from './kinds/flags/flags.ts'
export { rolloutPlace } from './kinds/flags/rollout.ts'
export { idempotency, type IdempotencyKeyspace, type IdempotencySpec } from './kinds/idempotency/declare.ts'
export type { Known } from './kinds/idempotency/known.ts'
export type { Begun, Idempotency } from './kinds/idempotency/outcomes.ts'
export type { Attempt, IdempotentWork, Ran, RunIdempotentOptions } from './kinds/idempotency/run.ts'
export { denylist, type DenylistKeyspace, type DenylistSpec } from './kinds/denylist/declare.ts'
export type { Denylist } from './kinds/denylist/denylist.ts'
export type { Verdict } from './kinds/denylist/verdicts.ts'
export { limiter, type LimiterKeyspace, type LimiterSpec, type OnStoreDown } from './kinds/limiter/declare.ts'
export { rateLimitHeaders } from './kinds/limiter/headers.ts'
export type { Limiter, TakeOptions } from './kinds/limiter/limiter.ts'
export type { Limit, LimitAlgorithm, LimitAsk, LimiterStore, LimitRule } from './kinds/limiter/port.ts'
export type { Rate } from './kinds/limiter/rate.ts'
export { type Ask, type JointLimit, takeAll } from './kinds/limiter/together.ts'
export { lock, type LockKeyspace, type LockSpec } from './kinds/lock/declare.ts'
export { type Fencing, fencing } from './kinds/lock/fencing.ts'
export type { Lease } from './kinds/lock/lease.ts'
export type { Lock, LockOptions, Tried } from './kinds/lock/run.ts'
export { log, type LogKeyspace, type LogSpec } from './kinds/log/declare.ts'
export type { LogLevel, LogLine, StoredLine } from './kinds/log/line.ts'
export type {
  ArchiveOptions,
  Archiver,
  Log,
  LogCount,
  LogEntry,
  LogFilter,
  Tail,
  TailOptions,
} from './kinds/log/log.ts'
export { members, type MembersKeyspace, type MembersSpec } from './kinds/members/declare.ts'
export type { ListOptions, Members } from './kinds/members/members.ts'
export { queue, type BackoffSpec, type QueueKeyspace, type QueueSpec } from './kinds/queue/declare.ts'
export type { Once } from './kinds/queue/once.ts'
export type { JobCounts, JobState } from './kinds/queue/port.ts'
export type { AddOptions, JobContext, JobHandler, JobView, Queue } from './kinds/queue/queue.ts'
export type { QueueWorker } from './kinds/queue/worker.ts'
export { places, type PlacesKeyspace, type PlacesSpec } from './kinds/places/declare.ts'
export type { Places } from './kinds/places/places.ts'
export { recent, type RecentKeyspace, type RecentSpec } from './kinds/recent/declare.ts'
export type { LatestOptions, Recent } from './kinds/recent/recent.ts'
export { ranking, type RankingKeyspace, type RankingSpec, type ScoreOf } from './kinds/ranking/declare.ts'
export type { MemberScore, Ranked, Ranking, TopOptions } from './kinds/ranking/ranking.ts'
export {
  record,
  type RecordKeyspace,
  type RecordSpec,
  type RowSpec,
  type StoredSpec,
} from './kinds/record/declare.ts'
export type { FieldChanges, PathOf, ValueAt } from './kinds/record/paths.ts'
export type { ChangeOptions, Recorded, Records } from './kinds/record/records.ts'
export { schedule, type Missed, type ScheduleKeyspace, type ScheduleSpec } from './kinds/schedule/declare.ts'
export type { RunContext, Schedule } from './kinds/schedule/schedule.ts'
export type { Scheduler } from './kinds/schedule/scheduler.ts'
export {
  type Execute,
  queries,
  type QueriesSpec,
  type QueryKeyspace,
  type Statement,
} from './kinds/query/declare.ts'
export type { AnyRow, ReadRow } from './kinds/query/rows.ts'
export type { Parameter } from './kinds/query/parameters.ts'
export type { Queries, Query, RunOptions } from './kinds/query/queries.ts'
export { session, type SessionKeyspace, type SessionSpec } from './kinds/session/declare.ts'
export type {
  GetSessionOptions,
  NamedSessions,
  RotateOptions,
  Session,
  Sessions,
  SessionView,
} from './kinds/session/sessions.ts'
export { strong, type StrongKeyspace, type StrongSpec } from './kinds/strong/declare.ts'
export type { Strong, StrongCounts, StrongReading } from './kinds/strong/strong.ts'
export { topic, type TopicKeyspace, type TopicSpec } from './kinds/topic/declare.ts'
export type { BuriedEvent, Taken, TakenEvent, Taker } from './kinds/topic/port.ts'
export type { NewEvent, StoredEvent, StreamBounds, StreamPage, TopicStore } from './kinds/topic/port.ts'
export type {
  Buried,
  Consumer,
  ConsumeOptions,
  EventHandler,
  Gap,
  PublishedEvent,
  PublishOptions,
  SubscribeOptions,
  Subscription,
  Topic,
  TopicEvent,
} from './kinds/topic/topic.ts'
export { unique, type UniqueKeyspace, type UniqueSpec } from './kinds/unique/declare.ts'
export type { Unique, WindowedUnique } from './kinds/unique/unique.ts'
export { memoryStore, type MemoryStoreOptions } from './memory/store.ts'
export { open, type Dependencies, type OpenOptions, type OutboxOptions } from './open.ts'
export type { Opened, State, Write } from './opened.ts'
export type { OutboxMessage, Outlet, Refusal } from './outbox/message.ts'
export type { OutboxView } from './outbox/outbox.ts'
export type { OutboxStore } from './outbox/port.ts'
export type { Store, StoreContext, StoreFactory } from './store.ts'
export type { AuditReport, Finding, KeyspaceAudit } from './survey/audit.ts'
export type { OrphanGroup } from './survey/orphans.ts'
export type { NamesPage, SeenKey, StoredName, StoredPart, SurveyStore } from './survey/port.ts'
export type { KeyspaceSize, SizeReport } from './survey/sizes.ts'
export type { Looked, SurveyOptions, SurveyProgress } from './survey/walk.ts'
export type { Counted, Tally, TallyStore } from './tallies/port.ts'
export type { KeyspaceTotals } from './tallies/tallier.ts'
export type { Rows, TransactionOptions, Truth } from './truth.ts'
export type { Changes } from './write/changes.ts'
export type { WriteOptions } from './write/write.ts'
