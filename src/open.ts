import { type Clock, systemClock } from './core/clock.ts'
import { DeclarationError } from './core/errors.ts'
import { type Random, systemRandom } from './core/random.ts'
import type { ChangeListener } from './entry/port.ts'
import type { Cached } from './kinds/cached/cached.ts'
import type { CachedCounts } from './kinds/cached/counts.ts'
import type { CachedKeyspace } from './kinds/cached/declare.ts'
import { CachedReader } from './kinds/cached/reader.ts'
import type { LockKeyspace } from './kinds/lock/declare.ts'
import { type Lock, openLock } from './kinds/lock/run.ts'
import type { KeyspaceContext } from './keyspace/context.ts'
import { describe, type KeyspaceDescription } from './keyspace/describe.ts'
import type { Keyspace } from './keyspace/keyspace.ts'
import { checkKeyspaces, type Keyspaces, type ReservedName } from './keyspace/registry.ts'
import { memoryStore } from './memory/store.ts'
import type { StoreFactory } from './store.ts'

type AnyId = Readonly<Record<string, string>>

/** What `open` makes of one declaration. */
export type Opened<Declared> =
  Declared extends CachedKeyspace<infer Id, infer Value, never>
    ? Cached<Id, Value>
    : Declared extends LockKeyspace<infer Id>
      ? Lock<Id>
      : never

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

/** How to open a set of keyspaces. */
export type OpenOptions<Declarations> = {
  /** Where shared state lives: `redisStore(…)`, or `memoryStore()`, the default. */
  readonly store?: StoreFactory
  /** Replaced in tests. */
  readonly clock?: Clock
  /** Replaced in tests. */
  readonly random?: Random
} & (keyof Dependencies<Declarations> extends never
  ? { readonly deps?: Dependencies<Declarations> }
  : {
      /** What the loaders ask for. */
      readonly deps: Dependencies<Declarations>
    })

/** Declared state in use: one member for each keyspace, and the following. */
export type State<Declarations> = { readonly [Name in keyof Declarations]: Opened<Declarations[Name]> } & {
  /** Names this state in signals. */
  readonly id: string
  /** The declarations in plain values. */
  describe(): KeyspaceDescription[]
  /** What this process counted so far, by keyspace. Kinds that count nothing are left out. */
  counts(): Readonly<Record<string, CachedCounts>>
  /** The store answers: resolves with its name. Rejects as any call to it does. */
  ping(): Promise<string>
  /** Ends all connections. Later calls are refused with ClosedError. */
  close(): Promise<void>
}

/**
 * Opens declared keyspaces on a store.
 *
 * @throws DeclarationError when the set contradicts itself; StoreUnavailableError when the store cannot be reached.
 */
export async function open<Declarations extends Keyspaces & { readonly [Name in ReservedName]?: never }>(
  keyspaces: Declarations,
  ...[options = {} as OpenOptions<Declarations>]: {} extends OpenOptions<Declarations>
    ? [options?: OpenOptions<Declarations>]
    : [options: OpenOptions<Declarations>]
): Promise<State<Declarations>> {
  const declared: Keyspaces = { ...keyspaces }
  checkKeyspaces(declared)
  const { clock = systemClock, random = systemRandom, store: factory = memoryStore(), deps } = options
  const id = random.token()
  let closed = false

  const cachedKeyspaces = Object.entries(declared).filter((entry): entry is [string, AnyCached] =>
    isCached(entry[1]),
  )
  const readers = new Map<string, AnyReader>()
  const withMemory = cachedKeyspaces.filter(([, keyspace]) => keyspace.l1)
  const readersOf = (key: string): AnyReader[] =>
    withMemory.flatMap(([name, { pattern }]) => {
      const reader = key.startsWith(pattern.literalPrefix) ? readers.get(name) : undefined
      return reader ? [reader] : []
    })
  const listener: ChangeListener = {
    changed: (key) => readersOf(key).forEach((reader) => reader.changed(key)),
    ticketChanged: (key) => readersOf(key).forEach((reader) => reader.ticketChanged(key)),
    lost: () => readers.forEach((reader) => reader.lost()),
    resumed: () => readers.forEach((reader) => reader.resumed()),
  }
  const store = factory({
    clock,
    listener,
    trackedPrefixes: withMemory.map(([, { pattern }]) => pattern.literalPrefix),
  })

  const opened = Object.entries(declared).map(([name, keyspace]): [string, unknown] => {
    const context: KeyspaceContext = { state: id, name, clock, random, isClosed: () => closed }
    if (isCached(keyspace)) {
      const reader = new CachedReader<AnyId, unknown, unknown>(context, keyspace, store.entries, deps)
      readers.set(name, reader)
      return [name, reader]
    }
    if (isLock(keyspace)) return [name, openLock(context, keyspace, store.locks)]
    throw new DeclarationError(name, `is of the kind '${keyspace.kind}', which this version does not know`)
  })
  await store.connect()

  return Object.freeze({
    ...Object.fromEntries(opened),
    id,
    describe: () => describe(declared),
    counts: () => Object.fromEntries([...readers].map(([name, reader]) => [name, reader.counts()])),
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
  }) as State<Declarations>
}

type AnyCached = CachedKeyspace<AnyId, unknown, unknown>
type AnyReader = CachedReader<AnyId, unknown, unknown>

function isCached(keyspace: Keyspace): keyspace is AnyCached {
  return keyspace.kind === 'cached'
}

function isLock(keyspace: Keyspace): keyspace is LockKeyspace<AnyId> {
  return keyspace.kind === 'lock'
}
