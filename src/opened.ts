import type { GateView } from './gate/port.ts'
import type { Cached } from './kinds/cached/cached.ts'
import type { CachedCounts } from './kinds/cached/counts.ts'
import type { CachedKeyspace } from './kinds/cached/declare.ts'
import type { Counter, WindowedCounter } from './kinds/counter/counter.ts'
import type { CounterKeyspace } from './kinds/counter/declare.ts'
import type { FlagsKeyspace } from './kinds/flags/declare.ts'
import type { Flags } from './kinds/flags/flags.ts'
import type { IdempotencyKeyspace } from './kinds/idempotency/declare.ts'
import type { Idempotency } from './kinds/idempotency/outcomes.ts'
import type { DenylistKeyspace } from './kinds/denylist/declare.ts'
import type { Denylist } from './kinds/denylist/denylist.ts'
import type { LimiterKeyspace } from './kinds/limiter/declare.ts'
import type { Limiter } from './kinds/limiter/limiter.ts'
import type { LockKeyspace } from './kinds/lock/declare.ts'
import type { Lock } from './kinds/lock/run.ts'
import type { LogKeyspace } from './kinds/log/declare.ts'
import type { Log } from './kinds/log/log.ts'
import type { MembersKeyspace } from './kinds/members/declare.ts'
import type { Members as Sets } from './kinds/members/members.ts'
import type { QueryKeyspace } from './kinds/query/declare.ts'
import type { Queries } from './kinds/query/queries.ts'
import type { QueueKeyspace } from './kinds/queue/declare.ts'
import type { Queue } from './kinds/queue/queue.ts'
import type { PlacesKeyspace } from './kinds/places/declare.ts'
import type { Places } from './kinds/places/places.ts'
import type { RankingKeyspace } from './kinds/ranking/declare.ts'
import type { Ranking } from './kinds/ranking/ranking.ts'
import type { RecentKeyspace } from './kinds/recent/declare.ts'
import type { Recent } from './kinds/recent/recent.ts'
import type { RecordKeyspace } from './kinds/record/declare.ts'
import type { Records } from './kinds/record/records.ts'
import type { ScheduleKeyspace } from './kinds/schedule/declare.ts'
import type { Schedule } from './kinds/schedule/schedule.ts'
import type { SessionKeyspace } from './kinds/session/declare.ts'
import type { Sessions } from './kinds/session/sessions.ts'
import type { StrongKeyspace } from './kinds/strong/declare.ts'
import type { TopicKeyspace } from './kinds/topic/declare.ts'
import type { Topic } from './kinds/topic/topic.ts'
import type { Strong, StrongCounts } from './kinds/strong/strong.ts'
import type { UniqueKeyspace } from './kinds/unique/declare.ts'
import type { Unique, WindowedUnique } from './kinds/unique/unique.ts'
import type { KeyspaceDescription } from './keyspace/describe.ts'
import type { OutboxView } from './outbox/outbox.ts'
import type { AuditReport } from './survey/audit.ts'
import type { SizeReport } from './survey/sizes.ts'
import type { SurveyOptions } from './survey/walk.ts'
import type { KeyspaceTotals } from './tallies/tallier.ts'
import type { Changes } from './write/changes.ts'
import type { WriteOptions } from './write/write.ts'

/** What each kind becomes. */
interface Members<Declared, Session> {
  readonly cached: Declared extends CachedKeyspace<infer Id, infer Value, never> ? Cached<Id, Value> : never
  readonly counter: Declared extends CounterKeyspace<infer Id, infer Windowed>
    ? Windowed extends true
      ? WindowedCounter<Id>
      : Counter<Id>
    : never
  readonly flags: Declared extends FlagsKeyspace<infer Id> ? Flags<Id> : never
  readonly idempotency: Declared extends IdempotencyKeyspace<infer Id, infer Value>
    ? Idempotency<Id, Value, Session, Changes>
    : never
  readonly denylist: Declared extends DenylistKeyspace<infer Id> ? Denylist<Id> : never
  readonly limiter: Declared extends LimiterKeyspace<infer Id> ? Limiter<Id> : never
  readonly lock: Declared extends LockKeyspace<infer Id> ? Lock<Id> : never
  readonly log: Declared extends LogKeyspace<infer Id> ? Log<Id> : never
  readonly members: Declared extends MembersKeyspace<infer Id> ? Sets<Id> : never
  readonly places: Declared extends PlacesKeyspace<infer Id> ? Places<Id> : never
  readonly query: Declared extends QueryKeyspace<infer Row, never> ? Queries<Row> : never
  readonly queue: Declared extends QueueKeyspace<infer Job, infer Result>
    ? Queue<Job, Result, Session>
    : never
  readonly ranking: Declared extends RankingKeyspace<infer Id, infer Score, infer Windowed>
    ? Ranking<Id, Score, Windowed>
    : never
  readonly recent: Declared extends RecentKeyspace<infer Id, infer Value> ? Recent<Id, Value> : never
  readonly record: Declared extends RecordKeyspace<infer Id, infer Value> ? Records<Id, Value> : never
  readonly schedule: Declared extends ScheduleKeyspace ? Schedule : never
  readonly session: Declared extends SessionKeyspace<infer Id, infer Value> ? Sessions<Id, Value> : never
  readonly strong: Declared extends StrongKeyspace<infer Id, infer Value, never> ? Strong<Id, Value> : never
  readonly topic: Declared extends TopicKeyspace<infer Id, infer Value> ? Topic<Id, Value> : never
  readonly unique: Declared extends UniqueKeyspace<infer Id, infer Windowed>
    ? Windowed extends true
      ? WindowedUnique<Id>
      : Unique<Id>
    : never
}

/** What `open` makes of one declaration. `Session` is what runs statements on the truth. */
export type Opened<Declared, Session = never> = Declared extends {
  readonly kind: infer Kind extends keyof Members<unknown, never>
}
  ? Members<Declared, Session>[Kind]
  : never

/** The kinds that stand on the truth whatever their declaration says. */
export type KindOnTruth = 'strong' | 'idempotency' | 'denylist'

/** Runs a transaction on the truth: see `Writer.write`. */
export type Write<Session> = <Result>(
  body: (tx: Session, changes: Changes) => Promise<Result>,
  options?: WriteOptions,
) => Promise<Result>

/** Declared state in use: one member for each keyspace, and the following; with a truth also `write`. */
export type State<Declarations, Session = never> = {
  readonly [Name in keyof Declarations]: Opened<Declarations[Name], Session>
} & {
  /** Names this state in signals. */
  readonly id: string
  /**
   * Removes the values with one of these tags from all cached keyspaces, at once, on every node, by one command for
   * each tag. Rejects when the store did not confirm.
   */
  invalidateTags(tags: readonly string[]): Promise<void>
  /**
   * Removes what is derived from these tables: the results of queries that named them, and all values with a tag
   * `table:…` of one. Names count as they are written. Rejects as `invalidateTags` does.
   */
  invalidateTables(tables: readonly string[]): Promise<void>
  /** The declarations in plain values. */
  describe(): KeyspaceDescription[]
  /** What this process counted so far, by keyspace. Kinds that count nothing are left out. */
  counts(): Readonly<Record<string, CachedCounts | StrongCounts>>
  /**
   * What all processes counted together, by keyspace: this one up to now, others up to a second ago. Kinds that count
   * nothing are left out. Rejects as any call to the store does.
   */
  totals(): Promise<Readonly<Record<string, KeyspaceTotals>>>
  /**
   * Compares what the store holds with the declarations: ttls that are missing or too long, formats that nobody
   * reads, keys that nobody declares; and how much there is. For operators: it looks at every key, step by step,
   * within its limits. Rejects as any call to the store does, and with DeclarationError for an option that is none.
   */
  audit(options?: SurveyOptions): Promise<AuditReport>
  /** How many keys and bytes the store holds for each keyspace. Measures some; otherwise as `audit`. */
  sizes(options?: SurveyOptions): Promise<SizeReport>
  /** Which store strong reads trust, as this process sees it. Undefined without strong keyspaces. */
  gate(): GateView | undefined
  /**
   * What waits in the outbox, since when, and what is wrong. Undefined without a truth, or without a topic or queue to emit
   * to. Fails as the truth does.
   */
  outbox(): Promise<OutboxView | undefined>
  /** The store answers: resolves with its name. Rejects as any call to it does. */
  ping(): Promise<string>
  /** Ends all connections. Later calls are refused with ClosedError. */
  close(): Promise<void>
} & ([Session] extends [never]
    ? unknown
    : {
        /**
         * Runs `body` in a transaction of the truth. When it resolves, every strong read of what it changed is at
         * least as new, in any process.
         *
         * @throws what `body` or the database throws, and the store's errors when it cannot take the fences: rolled
         * back, all of it. WriteRolledBackError, TooManyKeysError: likewise. NestedWriteError. WriteUnknownError: the
         * outcome of the commit is not known.
         */
        readonly write: Write<Session>
      })
