import type { StoredRecord } from './collection/port.ts'
import { type Clock, systemClock } from './core/clock.ts'
import { type Duration, parseDuration } from './core/duration.ts'
import { ClosedError, DeclarationError, StoreUnavailableError } from './core/errors.ts'
import { type EncryptionKeys, Keyring } from './core/keyring.ts'
import { inTime } from './core/in-time.ts'
import { type Random, systemRandom } from './core/random.ts'
import { GENERATION_PREFIX, Generations } from './entry/generations.ts'
import type { ChangeListener } from './entry/port.ts'
import type { StartableGate } from './gate/port.ts'
import { ProcessGate } from './gate/process-gate.ts'
import { SharedGate } from './gate/shared-gate.ts'
import { isCached, isEncrypted, isQuery, isRecordOnTruth, isStrong } from './kind-of.ts'
import { countedEvents } from './kinds/cached/counts.ts'
import type { CachedKeyspace } from './kinds/cached/declare.ts'
import { tagMark } from './kinds/cached/mark-names.ts'
import { CachedReader } from './kinds/cached/reader.ts'
import type { StrongKeyspace } from './kinds/strong/declare.ts'
import type { QueryKeyspace } from './kinds/query/declare.ts'
import { onTruth, openQueries } from './kinds/query/queries.ts'
import { openRecords } from './kinds/record/records.ts'
import { prepareRecords, recordRows, rowRecords } from './kinds/record/rows.ts'
import { StrongReader } from './kinds/strong/reader.ts'
import type { Strong } from './kinds/strong/strong.ts'
import type { KeyspaceContext } from './keyspace/context.ts'
import { describe } from './keyspace/describe.ts'
import type { Keyspace } from './keyspace/keyspace.ts'
import { checkTables, checkTags, tableTag } from './keyspace/tags.ts'
import { checkKeyspaces, type Keyspaces, type ReservedName } from './keyspace/registry.ts'
import type { Outlet } from './outbox/message.ts'
import { Outbox } from './outbox/outbox.ts'
import { Revocations } from './revocation/revocations.ts'
import { HINT_KEY } from './outbox/port.ts'
import { memoryStore } from './memory/store.ts'
import type { KindOnTruth, State } from './opened.ts'
import { openKeyspace, type OpenedKeyspace, TRACKED_KINDS } from './opening.ts'
import type { StoreFactory } from './store.ts'
import { auditStore } from './survey/audit.ts'
import { measureSizes } from './survey/sizes.ts'
import type { SurveyOptions } from './survey/walk.ts'
import { type CountingKeyspace, Tallier } from './tallies/tallier.ts'
import type { Truth } from './truth.ts'
import type { WriteTarget } from './write/target.ts'
import { Writer } from './write/write.ts'

/** The longest that `close` waits for what was acknowledged with `ack: 'commit'` to be settled, and for what kinds end. */
const SETTLE_LIMIT_MS = 2_000

type AnyId = Readonly<Record<string, string>>

/** What the loaders of one declaration ask for. */
type DepsOf<Declared> =
  Declared extends CachedKeyspace<never, unknown, infer Deps>
    ? unknown extends Deps
      ? {}
      : Deps
    : Declared extends QueryKeyspace<unknown, infer Deps>
      ? unknown extends Deps
        ? {}
        : Deps
      : {}

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

/**
 * Strong keyspaces, idempotency, records that say so, and queries without an `execute` of their own stand on the
 * truth; without them it is left out, or given for `write` alone.
 */
type TruthOption<Declarations, Session> = true extends {
  [Name in keyof Declarations]: Declarations[Name] extends
    | { readonly kind: KindOnTruth }
    | { readonly kind: 'query' | 'record'; readonly on: 'truth' }
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

/** How the outbox is handed on. */
export interface OutboxOptions {
  /** Whether this process may be the one that does it, for the topics and queues that it opened. Default true. */
  readonly relay?: boolean
  /**
   * When another process takes over from one that relays and has fallen silent: so long after, and its renewals a
   * quarter of it apart. Default `4s`; at least `300ms`.
   */
  readonly lease?: Duration
  /**
   * How long what was handed on is kept in PostgreSQL, to hand it on again to a store that lost it. Default `10m`;
   * false for not at all.
   */
  readonly retain?: Duration | false
}

/** How to open a set of keyspaces. */
export type OpenOptions<Declarations, Session = never> = {
  /** Where shared state lives: `redisStore(…)`, or `memoryStore()`, the default. */
  readonly store?: StoreFactory
  /** How what writes emit is handed on. */
  readonly outbox?: OutboxOptions
  /** What values of encrypted keyspaces are sealed with. */
  readonly keys?: EncryptionKeys
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
  const keyring = options.keys && new Keyring(options.keys, random)
  let closed = false

  const cached = new Map<string, AnyCached>()
  const strong = new Map<string, AnyStrong<Session>>()
  const targets = new Map<Keyspace, WriteTarget<Session>>()
  const counting = new Map<string, CountingKeyspace>()
  const others: OpenedKeyspace[] = []
  const outlets = new Map<Keyspace, Outlet>()
  const told: { readonly prefix: string; readonly one: OpenedKeyspace }[] = []
  const retain = options.outbox?.retain ?? '10m'
  const retainMs = retain === false ? undefined : parseDuration(retain, 'open.outbox.retain', 1_000)
  const leaseMs = parseDuration(options.outbox?.lease ?? '4s', 'open.outbox.lease', 300)
  let outbox: Outbox<Session> | undefined
  const closeOthers = (): Promise<unknown> => Promise.allSettled(others.map(async (one) => one.close?.()))
  const withMemory = Object.values(declared)
    .map((keyspace) => (isQuery(keyspace) ? keyspace.results : keyspace))
    .filter((keyspace) => isCached(keyspace) && keyspace.l1)
  const readersOf = (key: string): AnyCached[] =>
    [...cached.values()].filter(({ literalPrefix }) => key.startsWith(literalPrefix))
  const listener: ChangeListener = {
    changed(key) {
      if (key.startsWith(GENERATION_PREFIX)) {
        if (generations.changed(key.slice(GENERATION_PREFIX.length)))
          cached.forEach((reader) => reader.coherence.generationsChanged())
      } else if (key === HINT_KEY) outbox?.changed()
      else {
        for (const { prefix, one } of told) if (key.startsWith(prefix)) one.changed?.(key)
        readersOf(key).forEach((reader) => reader.coherence.changed(key))
      }
    },
    ticketChanged: (key) => readersOf(key).forEach((reader) => reader.coherence.ticketChanged(key)),
    lost() {
      revocations?.doubt()
      cached.forEach((reader) => reader.coherence.lost())
      generations.lost()
    },
    resumed() {
      revocations?.doubt()
      generations.resumed()
      cached.forEach((reader) => reader.coherence.resumed())
      for (const { one } of told) one.resumed?.()
      outbox?.changed()
    },
  }
  const store = factory({
    clock,
    listener,
    trackedPrefixes: [
      GENERATION_PREFIX,
      ...Object.values(declared).flatMap(({ kind, pattern }) =>
        TRACKED_KINDS.includes(kind) ? [HINT_KEY, pattern.literalPrefix] : [],
      ),
      ...withMemory.map(({ pattern }) => pattern.literalPrefix),
    ],
  })
  const generations = new Generations(store.entries, random)

  let gate: StartableGate | undefined
  const gateOver = (of: Truth<Session>): StartableGate => {
    const parts = { state: id, truth: of, store: store.fences, clock, random }
    gate ??= store.fences.reach === 'process' ? new ProcessGate(parts) : new SharedGate(parts)
    return gate
  }

  let revocations: Revocations<Session> | undefined
  const openOne = (name: string, keyspace: Keyspace): unknown => {
    const moments = { refreshedMs: undefined, failedMs: undefined }
    if (isEncrypted(keyspace) && !keyring)
      throw new DeclarationError(name, 'is encrypted: give open the keys')
    const isClosed = (): boolean => closed
    const context: KeyspaceContext = { state: id, name, clock, random, moments, keyring, isClosed }
    const ofTruth = (): Truth<Session> => {
      if (truth) return truth
      throw new DeclarationError(name, `is ${keyspace.kind} and stands on PostgreSQL: give open a truth`)
    }
    const openCached = <Id extends AnyId, Value>(
      each: CachedKeyspace<Id, Value, unknown>,
    ): CachedReader<Id, Value, unknown> => {
      const reader = new CachedReader<Id, Value, unknown>(context, each, store.entries, generations, deps)
      cached.set(name, reader as unknown as AnyCached)
      counting.set(name, { keyspace, moments, counts: () => countedEvents(reader.counts()) })
      return reader
    }
    if (isQuery(keyspace)) {
      const { execute, results } = keyspace
      return openQueries(
        context,
        openCached(results),
        execute ? (statement, signal) => execute(statement, deps, { signal }) : onTruth(ofTruth()),
      )
    }
    if (isCached(keyspace)) {
      const reader = openCached(keyspace)
      targets.set(keyspace, { how: 'delete', remove: (ids) => reader.deleteMany(ids) })
      return reader
    }
    if (isStrong<Session>(keyspace)) {
      const reader: AnyStrong<Session> = new StrongReader(context, keyspace, gateOver(ofTruth()), ofTruth())
      strong.set(name, reader)
      counting.set(name, { keyspace, moments, counts: () => reader.counts() })
      const valuesInside: WriteTarget<Session>['valuesInside'] = (tx, ids) => reader.valuesInside(tx, ids)
      targets.set(keyspace, keyspace.row ? { how: 'fence', valuesInside } : { how: 'fence' })
      return reader
    }
    const writeLater: Writer<Session>['write'] = (body, writeOptions) =>
      write ? write(body, writeOptions) : Promise.reject(new ClosedError())
    if (isRecordOnTruth(keyspace)) {
      const over = ofTruth()
      const rows = recordRows(keyspace, over)
      const reader = openOne(name, rows) as Strong<AnyId, StoredRecord>
      others.push({ member: reader, start: () => prepareRecords(over) })
      return openRecords(context, keyspace, rowRecords(rows, reader, over, writeLater))
    }
    const gateEpoch = (): (() => bigint | undefined) => {
      const over = gateOver(ofTruth())
      return () => over.trustedEpoch()
    }
    const one = openKeyspace(context, keyspace, {
      store,
      truth: ofTruth,
      truthIfAny: truth,
      gateEpoch,
      revocations: () => (revocations ??= new Revocations(ofTruth(), store.fences.namespace, clock)),
      write: writeLater,
    })
    if (one) {
      others.push(one)
      if (one.outlet) outlets.set(keyspace, one.outlet)
      told.push({ prefix: keyspace.pattern.literalPrefix, one })
      return one.member
    }
    throw new DeclarationError(name, `is of the kind '${keyspace.kind}', which this version does not know`)
  }
  const opened = Object.entries(declared).map(([name, keyspace]) => [name, openOne(name, keyspace)])
  if (truth && outlets.size > 0)
    outbox = new Outbox({
      state: id,
      namespace: store.fences.namespace,
      clock,
      truth,
      store: store.outbox,
      outlets: [...outlets.values()],
      isRelay: options.outbox?.relay ?? true,
      leaseMs,
      retainMs,
    })
  await store.connect()
  try {
    // A server that loses or evicts fences is refused here, by the name of its setting, and not at the first trade.
    if (gate) {
      const { problem } = store.fences.server()
      if (problem !== undefined)
        throw new StoreUnavailableError(`${store.name} cannot hold strong keyspaces: ${problem}`)
      await gate.start()
    }
    await revocations?.start()
    for (const one of others) await one.start?.()
    await outbox?.start()
  } catch (error) {
    gate?.stop()
    await inTime(clock, SETTLE_LIMIT_MS, closeOthers())
    await store.close()
    throw error
  }

  const tallier = new Tallier(store.tallies, clock, id, counting)
  tallier.start()

  const invalidateTags = async (given: readonly string[]): Promise<void> => {
    const tags = checkTags('invalidateTags', given)
    if (closed) throw new ClosedError()
    const forget = (): void => cached.forEach((reader) => reader.coherence.generationsChanged())
    forget()
    await generations.renew(tags.map(tagMark))
    forget()
  }
  const tags: WriteTarget<Session> = {
    how: 'delete',
    remove: (ids) => invalidateTags(ids.map(({ tag }) => tag as string)),
  }
  const writer =
    truth && new Writer({ state: id, clock, random, truth, gate, outbox, outlets, targets, tags })
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
    invalidateTags,
    invalidateTables: async (tables: readonly string[]) =>
      invalidateTags(checkTables('invalidateTables', tables).map(tableTag)),
    gate: () => gate?.view(),
    async outbox() {
      if (closed) throw new ClosedError()
      return outbox?.view()
    },
    describe: () => describe(declared),
    counts: () => Object.fromEntries([...cached, ...strong].map(([name, reader]) => [name, reader.counts()])),
    async totals() {
      if (closed) throw new ClosedError()
      return tallier.totals()
    },
    async audit(surveyOptions?: SurveyOptions) {
      if (closed) throw new ClosedError()
      return auditStore(store.survey, declared, clock, surveyOptions)
    },
    async sizes(surveyOptions?: SurveyOptions) {
      if (closed) throw new ClosedError()
      return measureSizes(store.survey, declared, clock, surveyOptions)
    },
    async ping() {
      await store.ping()
      return store.name
    },
    async close() {
      if (closed) return
      closed = true
      gate?.stop()
      await inTime(
        clock,
        SETTLE_LIMIT_MS,
        Promise.all([writer ? writer.settled() : undefined, outbox?.stop(), closeOthers()]),
      )
      listener.lost()
      await tallier.end()
      await store.close()
    },
  }) as State<Declarations, Session>
}

type AnyCached = CachedReader<AnyId, unknown, unknown>
type AnyStrong<Session> = StrongReader<AnyId, unknown, Session>
