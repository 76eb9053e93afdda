import { json } from '../../codec/json.ts'
import { type Duration, parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import { parseSize, type Size } from '../../core/size.ts'
import type { Schema } from '../../core/standard-schema.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSchema, checkSpec, wholeNumber } from '../../keyspace/spec.ts'
import type { SessionBounds } from './port.ts'

/** The declaration of sessions. */
export interface SessionSpec<Pattern extends string, Value> {
  /** The key pattern, as in `session:{userId}`. Its parameters say whose the sessions are. */
  readonly key: Pattern
  /** Who is signed in to what; for reference pages and panels. */
  readonly about: string
  /** What a session holds: any Standard Schema that answers at once. */
  readonly value: Schema<unknown, Value>
  /** A session ends when it was not used for so long. At least 1 s. */
  readonly idle: Duration
  /** A session ends this long after it began, however much it is used. */
  readonly absolute: Duration
  /** How many a user may have; of more, the one that was not used for the longest ends. Default 100. */
  readonly mostPerUser?: number
  /** The largest encoded value. Default `16kB`. */
  readonly maxSize?: Size
  /**
   * Where it is written down that a session was revoked: `store`, the default, forgets it when it loses its data;
   * `truth`, PostgreSQL, does not, and lets nobody in when it does not answer.
   */
  readonly revocations?: 'store' | 'truth'
  /** Seals what sessions hold, in the store, with the keys that `open` is given. Whose they are is not sealed. */
  readonly encrypted?: boolean
  /** Count it up when the schema changes: sessions of other versions are checked when they are read. Default 1. */
  readonly version?: number
  readonly expect?: Expectation
}

/** Declared sessions. `open` makes `Sessions` of it. */
export interface SessionKeyspace<Id, Value> extends Keyspace {
  readonly kind: 'session'
  readonly schema: Schema<unknown, Value>
  readonly bounds: SessionBounds
  readonly revocations: 'store' | 'truth'
  readonly encrypted: boolean
  readonly version: number
  readonly maxValueBytes: number
  readonly codec: typeof json
  /** Carries the type of the id of a user; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof SessionSpec<string, unknown>, true>> = {
  key: true,
  about: true,
  value: true,
  idle: true,
  absolute: true,
  mostPerUser: true,
  maxSize: true,
  revocations: true,
  encrypted: true,
  version: true,
  expect: true,
}
const SHORTEST_IDLE_MS = 1_000
const MOST_PER_USER = 1_000
const LARGEST = 1_000_000

/**
 * Declares sessions: data under ids that nobody guesses, which end by themselves, and of which all of a user are known.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function session<const Pattern extends string, Value>(
  spec: SessionSpec<Pattern, Value>,
): SessionKeyspace<IdOf<Pattern>, Value> {
  checkSpec('session', spec, FIELDS)
  const field = (name: string): string => `session('${spec.key}').${name}`
  checkSchema(field('value'), spec.value)
  const pattern = compilePattern(spec.key)
  if (pattern.parameters.length === 0)
    throw new DeclarationError(field('key'), 'has no parameter; say whose the sessions are: session:{userId}')
  const idleMs = parseDuration(spec.idle, field('idle'), SHORTEST_IDLE_MS)
  const absoluteMs = parseDuration(spec.absolute, field('absolute'), SHORTEST_IDLE_MS)
  if (idleMs > absoluteMs)
    throw new DeclarationError(field('idle'), 'is longer than absolute; a session would end before')
  const most = wholeNumber(field('mostPerUser'), spec.mostPerUser ?? 100, MOST_PER_USER)
  const revocations = spec.revocations ?? 'store'
  if (revocations !== 'store' && revocations !== 'truth')
    throw new DeclarationError(field('revocations'), `'${String(revocations)}' is none of store, truth`)
  const encrypted = spec.encrypted ?? false
  if (typeof encrypted !== 'boolean')
    throw new DeclarationError(field('encrypted'), 'is neither true nor false')
  const version = wholeNumber(field('version'), spec.version ?? 1, 2 ** 31)
  const maxValueBytes = parseSize(spec.maxSize ?? '16kB', field('maxSize'), LARGEST)
  return Object.freeze({
    kind: 'session',
    pattern,
    about: spec.about,
    expect: spec.expect ?? {},
    details: { idleMs, absoluteMs, mostPerUser: most, maxValueBytes, revocations, encrypted },
    schema: spec.value,
    revocations,
    encrypted,
    bounds: { idleMs, absoluteMs, most },
    version,
    maxValueBytes,
    codec: json,
  })
}
