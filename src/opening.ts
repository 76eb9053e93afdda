import { openCounter } from './kinds/counter/counter.ts'
import type { CounterKeyspace } from './kinds/counter/declare.ts'
import type { FlagsKeyspace } from './kinds/flags/declare.ts'
import { openFlags } from './kinds/flags/flags.ts'
import { type IdempotencyKeyspace } from './kinds/idempotency/declare.ts'
import { openIdempotency } from './kinds/idempotency/outcomes.ts'
import { prepareIdempotency } from './kinds/idempotency/table.ts'
import type { DenylistKeyspace } from './kinds/denylist/declare.ts'
import { openDenylist } from './kinds/denylist/denylist.ts'
import type { LimiterKeyspace } from './kinds/limiter/declare.ts'
import { openLimiter } from './kinds/limiter/limiter.ts'
import type { LogKeyspace } from './kinds/log/declare.ts'
import { openLog } from './kinds/log/open-log.ts'
import type { LockKeyspace } from './kinds/lock/declare.ts'
import { openLock } from './kinds/lock/run.ts'
import { storedRecords } from './kinds/record/backend.ts'
import type { RecordKeyspace } from './kinds/record/declare.ts'
import { openRecords } from './kinds/record/records.ts'
import type { SessionKeyspace } from './kinds/session/declare.ts'
import { openSessions } from './kinds/session/open-sessions.ts'
import type { MembersKeyspace } from './kinds/members/declare.ts'
import { openMembers } from './kinds/members/members.ts'
import type { PlacesKeyspace } from './kinds/places/declare.ts'
import { openPlaces } from './kinds/places/places.ts'
import type { RankingKeyspace } from './kinds/ranking/declare.ts'
import { openRanking } from './kinds/ranking/ranking.ts'
import { CollectionKeys } from './collection/lifetime.ts'
import type { RecentKeyspace } from './kinds/recent/declare.ts'
import { openRecent } from './kinds/recent/recent.ts'
import type { TopicKeyspace } from './kinds/topic/declare.ts'
import { openTopic } from './kinds/topic/open-topic.ts'
import type { ScheduleKeyspace } from './kinds/schedule/declare.ts'
import { postgresSchedules } from './kinds/schedule/postgres.ts'
import { openSchedule } from './kinds/schedule/schedule.ts'
import type { QueueKeyspace } from './kinds/queue/declare.ts'
import { postgresQueues } from './kinds/queue/postgres.ts'
import { openQueue } from './kinds/queue/queue.ts'
import type { UniqueKeyspace } from './kinds/unique/declare.ts'
import { openUnique } from './kinds/unique/unique.ts'
import type { KeyspaceContext } from './keyspace/context.ts'
import type { Keyspace } from './keyspace/keyspace.ts'
import type { Outlet } from './outbox/message.ts'
import type { Revocations } from './revocation/revocations.ts'
import type { Store } from './store.ts'
import type { Truth } from './truth.ts'
import type { Changes } from './write/changes.ts'

/** What a kind may stand on. */
export interface Ground<Session> {
  readonly store: Store
  /** @throws DeclarationError when `open` got no truth */
  truth(): Truth<Session>
  /** The epoch of the gate, while that is open. @throws DeclarationError when `open` got no truth */
  gateEpoch(): () => bigint | undefined
  /** What was revoked, by the truth. @throws DeclarationError when `open` got no truth */
  revocations(): Revocations<Session>
  /** Of those that can do without. */
  readonly truthIfAny: Truth<Session> | undefined
  /** Runs a transaction on the truth. For later: not before `open` has returned. */
  readonly write: <Result>(body: (tx: Session, changes: Changes) => Promise<Result>) => Promise<Result>
}

/** One keyspace in use, and what its state does for it. */
export interface OpenedKeyspace {
  /** What the state has under the keyspace's name. */
  readonly member: unknown
  /** Where messages of the outbox go that are for it. */
  readonly outlet?: Outlet
  /** What the store tells of keys that begin as those of this keyspace, of kinds in `TRACKED_KINDS`. */
  changed?(key: string): void
  /** Changes may have been missed. */
  resumed?(): void
  /** Once the store is connected, before the state is handed out. What it rejects with, `open` rejects with. */
  start?(): Promise<void>
  /** Before the store's connections end; the state waits for it, but not for long. */
  close?(): Promise<void>
}

/** Kinds whose keyspaces are told of every change of their keys. */
export const TRACKED_KINDS: readonly string[] = ['log', 'topic']

type AnyId = Readonly<Record<string, string>>

type Opener = <Session>(context: KeyspaceContext, keyspace: never, ground: Ground<Session>) => OpenedKeyspace

/**
 * How each kind is opened that needs its part of the store or the truth, and no other kind. Those that share loads,
 * generations, fences or the gate are opened by `open` itself.
 */
const OPENERS: Readonly<Record<string, Opener>> = {
  counter: (context, keyspace: CounterKeyspace<AnyId, boolean>, { store }) => ({
    member: openCounter(context, keyspace, store.collections),
  }),
  flags: (context, keyspace: FlagsKeyspace<AnyId>, { store }) => ({
    member: openFlags(context, keyspace, store.collections),
  }),
  idempotency(context, keyspace: IdempotencyKeyspace<AnyId, unknown>, ground) {
    const truth = ground.truth()
    return {
      member: openIdempotency(context, keyspace, truth, ground.write),
      start: () => prepareIdempotency(truth),
    }
  },
  limiter: (context, keyspace: LimiterKeyspace<AnyId>, { store }) => ({
    member: openLimiter(context, keyspace, store.limits),
  }),
  lock(context, keyspace: LockKeyspace<AnyId>, ground) {
    const epoch = keyspace.fencing === 'gate' ? ground.gateEpoch() : undefined
    const { lock, stop } = openLock(context, keyspace, ground.store.locks, epoch)
    return { member: lock, close: async () => stop() }
  },
  denylist: (context, keyspace: DenylistKeyspace<AnyId>, { store, revocations }) => ({
    member: openDenylist(context, keyspace, store.denied, revocations()),
  }),
  session(context, keyspace: SessionKeyspace<AnyId, unknown>, { store, revocations }) {
    const revoked = keyspace.revocations === 'truth' ? revocations() : undefined
    return { member: openSessions(context, keyspace, store.sessions, revoked) }
  },
  log: (context, keyspace: LogKeyspace<AnyId>, { store: { topics, collections }, truthIfAny: truth }) =>
    openLog(context, keyspace, { topics, collections, truth }),
  members: (context, keyspace: MembersKeyspace<AnyId>, { store }) => ({
    member: openMembers(context, keyspace, store.collections),
  }),
  places: (context, keyspace: PlacesKeyspace<AnyId>, { store }) => ({
    member: openPlaces(context, keyspace, store.collections),
  }),
  ranking: (context, keyspace: RankingKeyspace<AnyId, unknown, boolean>, { store }) => ({
    member: openRanking(context, keyspace, store.collections),
  }),
  recent: (context, keyspace: RecentKeyspace<AnyId, unknown>, { store }) => ({
    member: openRecent(context, keyspace, store.collections),
  }),
  record(context, keyspace: RecordKeyspace<AnyId, unknown>, { store: { collections } }) {
    const keys = new CollectionKeys<AnyId>(context, keyspace, collections)
    const backend = storedRecords(keys, collections.records, keyspace.keepMs)
    return { member: openRecords(context, keyspace, backend) }
  },
  unique: (context, keyspace: UniqueKeyspace<AnyId, boolean>, { store }) => ({
    member: openUnique(context, keyspace, store.collections),
  }),
  topic: (context, keyspace: TopicKeyspace<AnyId, unknown>, { store }) =>
    openTopic(context, keyspace, store.topics),
  // In the truth, if there is one: it does not forget which tick was the last.
  schedule(context, keyspace: ScheduleKeyspace, { store, truthIfAny }) {
    const { namespace } = store.fences
    return openSchedule(
      context,
      keyspace,
      truthIfAny ? postgresSchedules(truthIfAny, namespace) : store.schedules,
    )
  },
  queue(context, keyspace: QueueKeyspace<unknown, unknown>, { store, truth, truthIfAny }) {
    const { queues } = store
    const { clock, random } = context
    const isInStore = queues && (queues.reach === 'shared' || !truthIfAny)
    const { namespace } = store.fences
    const backends = isInStore ? queues.open : postgresQueues(truth(), namespace, clock, random)
    const backend = backends(keyspace.pattern.literalPrefix, keyspace.rules)
    return openQueue(context, keyspace, backend, truthIfAny, namespace)
  },
}

/** `keyspace` in use; undefined if its kind is none of these. */
export function openKeyspace<Session>(
  context: KeyspaceContext,
  keyspace: Keyspace,
  ground: Ground<Session>,
): OpenedKeyspace | undefined {
  const opener = Object.hasOwn(OPENERS, keyspace.kind) ? OPENERS[keyspace.kind] : undefined
  return opener?.(context, keyspace as never, ground)
}
