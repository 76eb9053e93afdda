import { type Coding, type CodingSpec, declareCoding } from '../../codec/declare.ts'
import { type Duration, parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { Output, Schema } from '../../core/standard-schema.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import type { FreshnessRules } from './freshness.ts'
import type { RefreshAheadRules } from './refresh-rules.ts'
import { type MarkNames, markNames } from './mark-names.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSchema, checkSpec, wholeNumber } from '../../keyspace/spec.ts'

/** See `CachedSpec.onStoreDown`. */
export type OnStoreDown = 'load' | 'stale' | 'fail'

/** What a loader may return: a value, or that there is none. `null` is remembered as "known absent". */
export type LoadResult<Value> = Value | null | undefined

/** What a loader is told besides the id and its dependencies. */
export interface LoadContext {
  /** Aborts when `loadTimeout` is over. Pass it on to what the loader waits for. */
  readonly signal: AbortSignal
  /**
   * Says that the value was this old already when the load began: the last tick of a feed, a quote with a time of
   * its own. It counts towards `ttl` and `maxAge`. Not for `loadMany`.
   */
  setAge(ageMs: number): void
  /** A ttl of its own for this value, such as the one that an upstream gave with it. Not for `loadMany`. */
  setTtl(ttl: Duration): void
  /** This value is for those who wait for it, and is stored nowhere. Not for `loadMany`. */
  skip(): void
  /** Tags that only the loader knows; they join those of the declaration. Not for `loadMany`. */
  tag(...tags: readonly string[]): void
}

/** A loader that is given with a call instead of being declared: see `Cached.wrap`. */
export type LoadFunction<Id, Value> = (
  id: Id,
  context: LoadContext,
) => LoadResult<Value> | Promise<LoadResult<Value>>

/** What `loadMany` is told besides the ids and its dependencies. */
export type LoadManyContext = Pick<LoadContext, 'signal'>

/** The declaration of a cached keyspace. */
export interface CachedSpec<Pattern extends string, S extends Schema, Deps> extends CodingSpec {
  /** The key pattern: literals and `{parameters}` between colons, as in `price:{chain}:{asset}`. */
  readonly key: Pattern
  /** What this state is, and what reads it; for reference pages, panels and alerts. */
  readonly about: string
  /** Any synchronous Standard Schema. It must accept what it lets through. */
  readonly value: S
  /** How long a value counts as fresh. */
  readonly ttl: Duration
  /** Shortens each ttl at random by up to this share, so that what was loaded together does not expire together. */
  readonly jitter?: number
  /** For this long after its ttl a value is served at once, and loaded again behind the reader. */
  readonly staleWhileRevalidate?: Duration
  /** For this long after its ttl a value is served where its load fails: the last good one. */
  readonly staleIfError?: Duration
  /** Hot values are loaded again shortly before they expire, by one reader chosen at random; nobody waits then. */
  readonly earlyRefresh?: boolean
  /**
   * Values that this process read within `activeFor` are loaded again shortly before they expire, so that those who
   * use them never wait for a load; at most `max` of them (1,000). What nobody reads any more expires.
   */
  readonly refreshAhead?: { readonly activeFor: Duration; readonly max?: number }
  /** Names under which values are invalidated together: `state.invalidateTags('chain:solana')`. */
  readonly tags?: (id: IdOf<Pattern>) => readonly string[]
  /** Leading parameters by which `clear` may clear: `['userId']` allows `clear({ userId })`. */
  readonly groups?: readonly (keyof IdOf<Pattern> & string)[]
  /** Keep values in the memory of each process too. `max` counts entries, `maxBytes` their encoded size (64 MiB). */
  readonly l1?: { readonly max: number; readonly maxBytes?: number }
  /** Reads the value where it comes from. Without a loader, an absent key reads as null. */
  readonly load?: (
    id: IdOf<Pattern>,
    deps: Deps,
    context: LoadContext,
  ) => LoadResult<Output<S>> | Promise<LoadResult<Output<S>>>
  /** Reads many at once, in the order of `ids`; `getMany` prefers it. */
  readonly loadMany?: (
    ids: readonly IdOf<Pattern>[],
    deps: Deps,
    context: LoadManyContext,
  ) => readonly LoadResult<Output<S>>[] | Promise<readonly LoadResult<Output<S>>[]>
  /** When a load takes longer and there is a value to fall back to, that is served, and the load goes on behind. */
  readonly softTimeout?: Duration
  /**
   * What a read does while the store does not answer: `load` goes to the source (the default); `stale` serves what
   * memory knew when the store was lost, marked stale, and loads the rest; `fail` rejects with the store's error, so
   * that an outage of the store does not become one of the source.
   */
  readonly onStoreDown?: OnStoreDown
  /** The longest a load may take. Default 10 s. */
  readonly loadTimeout?: Duration
  /** The largest encoded value. Default 1 MiB. */
  readonly maxValueBytes?: number
  /** Count up when the schema changes: older entries are checked again when they are read. Default 1. */
  readonly version?: number
  /** The parameter that decides the Redis Cluster slot. */
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared cached keyspace. `open` makes a `Cached` of it. */
export interface CachedKeyspace<Id, Value, Deps> extends Keyspace, Coding {
  readonly kind: 'cached'
  readonly schema: Schema<unknown, Value>
  readonly ttlMs: number
  readonly freshness: FreshnessRules
  readonly refreshAhead: RefreshAheadRules | undefined
  readonly marks: MarkNames
  readonly softTimeoutMs: number | undefined
  readonly onStoreDown: OnStoreDown
  readonly l1: { readonly maxEntries: number; readonly maxBytes: number } | undefined
  readonly loadTimeoutMs: number
  readonly maxValueBytes: number
  readonly version: number
  readonly load: ((id: Id, deps: Deps, context: LoadContext) => unknown) | undefined
  readonly loadMany: ((ids: readonly Id[], deps: Deps, context: LoadManyContext) => unknown) | undefined
}

const FIELDS: Readonly<Record<keyof CachedSpec<string, Schema, unknown>, true>> = {
  key: true,
  about: true,
  value: true,
  ttl: true,
  jitter: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  earlyRefresh: true,
  refreshAhead: true,
  tags: true,
  groups: true,
  l1: true,
  load: true,
  loadMany: true,
  softTimeout: true,
  onStoreDown: true,
  loadTimeout: true,
  maxValueBytes: true,
  codec: true,
  compress: true,
  encrypted: true,
  version: true,
  slot: true,
  expect: true,
}
const MOST_L1_ENTRIES = 10_000_000
const DEFAULT_L1_BYTES = 64 * 2 ** 20
const DEFAULT_ACTIVE_KEYS = 1_000
const DEFAULT_VALUE_BYTES = 2 ** 20

/**
 * Declares a keyspace of eventual values: read through memory and the store, loaded where they come from.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function cached<const Pattern extends string, S extends Schema, Deps = unknown>(
  spec: CachedSpec<Pattern, S, Deps>,
): CachedKeyspace<IdOf<Pattern>, Output<S>, Deps> {
  checkSpec('cached', spec, FIELDS)
  const pattern = compilePattern(spec.key, spec.slot)
  const field = (name: string): string => `cached('${spec.key}').${name}`
  checkSchema(field('value'), spec.value)
  for (const name of ['load', 'loadMany'] as const) {
    if (spec[name] !== undefined && typeof spec[name] !== 'function')
      throw new DeclarationError(field(name), `is no function but a ${typeof spec[name]}`)
  }
  const loadTimeoutMs = parseDuration(spec.loadTimeout ?? '10s', field('loadTimeout'))
  const ttlMs = parseDuration(spec.ttl, field('ttl'))
  const optional = (name: 'staleWhileRevalidate' | 'staleIfError' | 'softTimeout'): number | undefined =>
    spec[name] === undefined ? undefined : parseDuration(spec[name], field(name))
  const jitter = spec.jitter ?? 0
  if (!(jitter >= 0 && jitter <= 0.5))
    throw new DeclarationError(field('jitter'), `${jitter} is no share between 0 and 0.5`)
  const freshness: FreshnessRules = {
    ttlMs,
    staleWhileRevalidateMs: optional('staleWhileRevalidate') ?? 0,
    staleIfErrorMs: optional('staleIfError') ?? 0,
    jitter,
    earlyRefresh: spec.earlyRefresh ?? false,
  }
  const groups = spec.groups ?? []
  const unknownGroup = groups.find((name) => !pattern.parameters.includes(name))
  if (unknownGroup !== undefined)
    throw new DeclarationError(field('groups'), `'${unknownGroup}' is none of the parameters of the key`)
  const onStoreDown = spec.onStoreDown ?? 'load'
  if (!['load', 'stale', 'fail'].includes(onStoreDown))
    throw new DeclarationError(field('onStoreDown'), `'${onStoreDown}' is none of load, stale, fail`)
  if (onStoreDown === 'stale' && !spec.l1)
    throw new DeclarationError(field('onStoreDown'), "'stale' serves what memory knew: declare l1 as well")
  const softTimeoutMs = optional('softTimeout')
  if (softTimeoutMs !== undefined && softTimeoutMs >= loadTimeoutMs)
    throw new DeclarationError(field('softTimeout'), 'is not below loadTimeout: it would never come')
  if (softTimeoutMs !== undefined && freshness.staleWhileRevalidateMs + freshness.staleIfErrorMs === 0)
    throw new DeclarationError(field('softTimeout'), 'has nothing to serve: declare staleIfError as well')
  const maxValueBytes = wholeNumber(
    field('maxValueBytes'),
    spec.maxValueBytes ?? DEFAULT_VALUE_BYTES,
    512 * 2 ** 20,
  )
  const l1 = spec.l1 && {
    maxEntries: wholeNumber(field('l1.max'), spec.l1.max, MOST_L1_ENTRIES),
    maxBytes: wholeNumber(field('l1.maxBytes'), spec.l1.maxBytes ?? DEFAULT_L1_BYTES, 2 ** 40),
  }
  const { details: codingDetails, ...coding } = declareCoding(field, spec)
  const refreshAhead = spec.refreshAhead && {
    activeMs: parseDuration(spec.refreshAhead.activeFor, field('refreshAhead.activeFor')),
    maxKeys: wholeNumber(field('refreshAhead.max'), spec.refreshAhead.max ?? DEFAULT_ACTIVE_KEYS, 100_000),
  }
  return Object.freeze({
    kind: 'cached',
    pattern,
    about: spec.about,
    expect: spec.expect ?? {},
    details: {
      ttlMs,
      staleWhileRevalidateMs: freshness.staleWhileRevalidateMs,
      staleIfErrorMs: freshness.staleIfErrorMs,
      onStoreDown,
      loadTimeoutMs,
      maxValueBytes,
      ...codingDetails,
      l1MaxEntries: l1?.maxEntries ?? null,
      loader: spec.load !== undefined || spec.loadMany !== undefined,
    },
    schema: spec.value,
    ttlMs,
    freshness,
    refreshAhead,
    marks: markNames(pattern, groups, spec.tags as Parameters<typeof markNames>[2]),
    softTimeoutMs,
    onStoreDown,
    l1,
    loadTimeoutMs,
    maxValueBytes,
    ...coding,
    version: wholeNumber(field('version'), spec.version ?? 1, 2 ** 31),
    load: spec.load,
    loadMany: spec.loadMany,
  })
}
