import { type Clock, systemClock } from './core/clock.ts'
import { ClosedError, DeclarationError } from './core/errors.ts'
import { type Random, systemRandom } from './core/random.ts'
import { GENERATION_PREFIX, Generations } from './entry/generations.ts'
import type { ChangeListener } from './entry/port.ts'
import type { CachedKeyspace } from './kinds/cached/declare.ts'
import { tagMark } from './kinds/cached/mark-names.ts'
import { CachedReader } from './kinds/cached/reader.ts'
import type { IdempotencyKeyspace } from './kinds/idempotency/declare.ts'
import { openIdempotency } from './kinds/idempotency/outcomes.ts'
import { prepareIdempotency } from './kinds/idempotency/table.ts'
import type { LimiterKeyspace } from './kinds/limiter/declare.ts'
import { openLimiter } from './kinds/limiter/take.ts'
import type { LockKeyspace } from './kinds/lock/declare.ts'
import { openLock } from './kinds/lock/run.ts'
import type { StrongKeyspace } from './kinds/strong/declare.ts'
import { StrongReader } from './kinds/strong/reader.ts'
import type { KeyspaceContext } from './keyspace/context.ts'
import { describe } from './keyspace/describe.ts'
import type { Keyspace } from './keyspace/keyspace.ts'
import { checkKeyspaces, type Keyspaces, type ReservedName } from './keyspace/registry.ts'
import { memoryStore } from './memory/store.ts'
import type { State } from './opened.ts'
import type { StoreFactory } from './store.ts'
import type { Truth } from './truth.ts'
import type { WriteTarget } from './write/target.ts'
import { Writer } from './write/write.ts'

type AnyId = Readonly<Record<string, string>>

/** What the loaders of one declaration ask for. */
type DepsOf<Declared> =
  Declared extends CachedKeyspace<never, unknown, infer Deps> ? (unknown extends Deps ? {} : Deps) : {}

type Intersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never

/** What the loaders of a set of declarations ask for together. */
export type Dependencies<Declarations> =
  Intersection<
    { [Name in keyof Declarations]: { deps: DepsOf<Declarations[Name]> } }[keyof Declarations]
  > extends { deps: infer Deps }
    ? Deps
    : {}

/** What the loaders of one declaration want to read PostgreSQL with; kinds without the truth take any. */
type SessionOf<Declared> = Declared extends StrongKeyspace<never, unknown, infer Session> ? Session : unknown

type Sessions<Declarations> = Intersection<
  { [Name in keyof Declarations]: [SessionOf<Declarations[Name]>] }[keyof Declarations]
>

/** Strong keyspaces and idempotency stand on the truth; without them it is left out or given for `write` alone. */
type TruthOption<Declarations, Session> = true extends {
  [Name in keyof Declarations]: Declarations[Name] extends { readonly kind: 'strong' | 'idempotency' }
    ? true
    : false
}[keyof Declarations]
  ? {
      /** PostgreSQL: `drizzleTruth(db)`. Its sessions must be what the loaders ask for. */
      readonly truth: Truth<Session> &
        ([Session] extends Sessions<Declarations>
          ? unknown
          : { readonly sessionOfLoaders: Sessions<Declarations> })
    }
  : { readonly truth?: Truth<Session> }

/** How to open a set of keyspaces. */
export type OpenOptions<Declarations, Session = never> = {
  /** Where shared state lives: `redisStore(…)`, or `memoryStore()`, the default. */
  readonly store?: StoreFactory
  /** Replaced in tests. */
  readonly clock?: Clock
  /** Replaced in tests. */
  readonly random?: Random
} & TruthOption<Declarations, Session> &
  (keyof Dependencies<Declarations> extends never
    ? { readonly deps?: Dependencies<Declarations> }
    : {
        /** What the loaders ask for. */
        readonly deps: Dependencies<Declarations>
      })

/**
 * Opens declared keyspaces on a store, and on the truth if one is given.
 *
 * @throws DeclarationError when the set contradicts itself; StoreUnavailableError when the store cannot be reached;
 * what the truth throws when it cannot be prepared.
 */
export async function open<
  Declarations extends Keyspaces & { readonly [Name in ReservedName]?: never },
  Session = never,
>(
  keyspaces: Declarations,
  ...[options = {} as OpenOptions<Declarations, Session>]: {} extends OpenOptions<Declarations, Session>
    ? [options?: OpenOptions<Declarations, Session>]
    : [options: OpenOptions<Declarations, Session>]
): Promise<State<Declarations, Session>> {
  const declared: Keyspaces = { ...keyspaces }
  checkKeyspaces(declared)
  const { clock = systemClock, random = systemRandom, store: factory = memoryStore(), deps } = options
  const truth: Truth<Session> | undefined = options.truth
  const id = random.token()
  let closed = false

  const cached = new Map<string, AnyCached>()
  const strong = new Map<string, AnyStrong<Session>>()
  const targets = new Map<Keyspace, WriteTarget<Session>>()
  const withMemory = Object.entries(declared).filter(([, keyspace]) => isCached(keyspace) && keyspace.l1)
  const readersOf = (key: string): AnyCached[] =>
    [...cached.values()].filter(({ literalPrefix }) => key.startsWith(literalPrefix))
  const listener: ChangeListener = {
    changed(key) {
      if (key.startsWith(GENERATION_PREFIX)) {
        if (generations.changed(key.slice(GENERATION_PREFIX.length)))
          cached.forEach((reader) => reader.generationsChanged())
      } else readersOf(key).forEach((reader) => reader.changed(key))
    },
    ticketChanged: (key) => readersOf(key).forEach((reader) => reader.ticketChanged(key)),
    lost() {
      generations.lost()
      cached.forEach((reader) => reader.lost())
    },
    resumed() {
      generations.resumed()
      cached.forEach((reader) => reader.resumed())
    },
  }
  const store = factory({
    clock,
    listener,
    trackedPrefixes: [GENERATION_PREFIX, ...withMemory.map(([, { pattern }]) => pattern.literalPrefix)],
  })
  const generations = new Generations(store.entries, random)

  const openOne = (name: string, keyspace: Keyspace): unknown => {
    const context: KeyspaceContext = { state: id, name, clock, random, isClosed: () => closed }
    const ofTruth = (): Truth<Session> => {
      if (truth) return truth
      throw new DeclarationError(name, `is ${keyspace.kind} and stands on PostgreSQL: give open a truth`)
    }
    if (isCached(keyspace)) {
      const reader = new CachedReader<AnyId, unknown, unknown>(
        context,
        keyspace,
        store.entries,
        generations,
        deps,
      )
      cached.set(name, reader)
      targets.set(keyspace, { how: 'delete', remove: (ids) => reader.deleteMany(ids) })
      return reader
    }
    if (isStrong<Session>(keyspace)) {
      const reader: AnyStrong<Session> = new StrongReader(context, keyspace, store.fences, ofTruth())
      strong.set(name, reader)
      const valueInside = (tx: Session, of: AnyId): ReturnType<typeof reader.valueInside> =>
        reader.valueInside(tx, of)
      targets.set(keyspace, keyspace.row ? { how: 'fence', valueInside } : { how: 'fence' })
      return reader
    }
    if (isIdempotency(keyspace)) return openIdempotency(context, keyspace, ofTruth())
    if (isLock(keyspace)) return openLock(context, keyspace, store.locks)
    if (isLimiter(keyspace)) return openLimiter(context, keyspace, store.limits)
    throw new DeclarationError(name, `is of the kind '${keyspace.kind}', which this version does not know`)
  }
  const opened = Object.entries(declared).map(([name, keyspace]) => [name, openOne(name, keyspace)])
  await store.connect()
  try {
    // A server that loses or evicts fences is refused here, by the name of its setting, and not at the first trade.
    if (strong.size > 0) store.fences.run()
    if (truth && Object.values(declared).some(isIdempotency)) await prepareIdempotency(truth)
  } catch (error) {
    await store.close()
    throw error
  }

  const writer = truth && new Writer({ state: id, clock, random, truth, fences: store.fences, targets })
  const write: Writer<Session>['write'] | undefined =
    writer &&
    (async (body, writeOptions) => {
      if (closed) throw new ClosedError()
      return writer.write(body, writeOptions)
    })
  return Object.freeze({
    ...Object.fromEntries(opened),
    id,
    ...(write && { write }),
    async invalidateTags(tags: readonly string[]) {
      if (closed) throw new ClosedError()
      const forget = (): void => cached.forEach((reader) => reader.generationsChanged())
      forget()
      await generations.renew(tags.map(tagMark))
      forget()
    },
    describe: () => describe(declared),
    counts: () => Object.fromEntries([...cached, ...strong].map(([name, reader]) => [name, reader.counts()])),
    async ping() {
      await store.ping()
      return store.name
    },
    async close() {
      if (closed) return
      closed = true
      listener.lost()
      await store.close()
    },
  }) as State<Declarations, Session>
}

type AnyCached = CachedReader<AnyId, unknown, unknown>
type AnyStrong<Session> = StrongReader<AnyId, unknown, Session>

function isCached(keyspace: Keyspace): keyspace is CachedKeyspace<AnyId, unknown, unknown> {
  return keyspace.kind === 'cached'
}

function isStrong<Session>(keyspace: Keyspace): keyspace is StrongKeyspace<AnyId, unknown, Session> {
  return keyspace.kind === 'strong'
}

function isIdempotency(keyspace: Keyspace): keyspace is IdempotencyKeyspace<AnyId, unknown> {
  return keyspace.kind === 'idempotency'
}

function isLock(keyspace: Keyspace): keyspace is LockKeyspace<AnyId> {
  return keyspace.kind === 'lock'
}

function isLimiter(keyspace: Keyspace): keyspace is LimiterKeyspace<AnyId> {
  return keyspace.kind === 'limiter'
}
