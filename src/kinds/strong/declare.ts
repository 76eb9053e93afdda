import { type Coding, type CodingSpec, declareCoding } from '../../codec/declare.ts'
import { type Duration, parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { Output, Schema } from '../../core/standard-schema.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSchema, checkSpec, wholeNumber } from '../../keyspace/spec.ts'

/** The declaration of a strong keyspace. */
export interface StrongSpec<
  Pattern extends string,
  S extends Schema,
  Session,
  Row extends boolean,
> extends CodingSpec {
  /** The key pattern, as in `balance:{wallet}:{asset}`. */
  readonly key: Pattern
  /** What this state is, and what decides on it; for reference pages, panels and alerts. */
  readonly about: string
  /** Any synchronous Standard Schema. It must accept what it lets through. */
  readonly value: S
  /**
   * Reads the value from PostgreSQL, with the session that it is given and no other, in one statement (else see
   * `snapshot`). It must depend on nothing but the database.
   */
  readonly load: (
    id: IdOf<Pattern>,
    tx: Session,
  ) => Output<S> | null | undefined | Promise<Output<S> | null | undefined>
  /** Reads many, in the order of `ids`; `getMany` prefers it. */
  readonly loadMany?: (
    ids: readonly IdOf<Pattern>[],
    tx: Session,
  ) => Promise<readonly (Output<S> | null | undefined)[]>
  /** Set it when `load` takes more than one statement: it then runs in a transaction of one snapshot. */
  readonly snapshot?: boolean
  /** The value is one row, and writes may `put` it: it is back in the cache as soon as the write resolves. */
  readonly row?: Row
  /** How long an unused value stays in the store. Never decides whether it is right. Default 1 h. */
  readonly ttl?: Duration
  /** The longest a load may take, its wait for a free place included. Default 10 s. */
  readonly loadTimeout?: Duration
  /** The largest encoded value. Default 1 MiB. */
  readonly maxValueBytes?: number
  /** Count up when the schema changes: older entries are checked again when they are read. Default 1. */
  readonly version?: number
  /** The parameter that decides the Redis Cluster slot. */
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared strong keyspace. `open` makes a `Strong` of it. */
export interface StrongKeyspace<Id, Value, Session, Row extends boolean = boolean> extends Keyspace, Coding {
  readonly kind: 'strong'
  readonly schema: Schema<unknown, Value>
  readonly row: Row
  readonly snapshot: boolean
  readonly ttlMs: number
  readonly loadTimeoutMs: number
  readonly maxValueBytes: number
  readonly version: number
  readonly load: (id: Id, tx: Session) => unknown
  readonly loadMany: ((ids: readonly Id[], tx: Session) => unknown) | undefined
}

const FIELDS: Readonly<Record<keyof StrongSpec<string, Schema, unknown, boolean>, true>> = {
  key: true,
  about: true,
  value: true,
  load: true,
  loadMany: true,
  snapshot: true,
  row: true,
  ttl: true,
  loadTimeout: true,
  maxValueBytes: true,
  codec: true,
  compress: true,
  encrypted: true,
  version: true,
  slot: true,
  expect: true,
}

/**
 * Declares a keyspace of linearizable values over PostgreSQL: a read never returns a state older than one that was
 * acknowledged or seen before, in any process.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function strong<
  const Pattern extends string,
  S extends Schema,
  Session = unknown,
  const Row extends boolean = false,
>(spec: StrongSpec<Pattern, S, Session, Row>): StrongKeyspace<IdOf<Pattern>, Output<S>, Session, Row> {
  checkSpec('strong', spec, FIELDS)
  const field = (name: string): string => `strong('${spec.key}').${name}`
  checkSchema(field('value'), spec.value)
  if (typeof spec.load !== 'function')
    throw new DeclarationError(field('load'), 'is no function; it reads the value from PostgreSQL')
  const ttlMs = parseDuration(spec.ttl ?? '1h', field('ttl'), 1_000)
  const loadTimeoutMs = parseDuration(spec.loadTimeout ?? '10s', field('loadTimeout'))
  const maxValueBytes = wholeNumber(field('maxValueBytes'), spec.maxValueBytes ?? 2 ** 20, 512 * 2 ** 20)
  const { details: codingDetails, ...coding } = declareCoding(field, spec)
  const row = (spec.row ?? false) as Row
  return Object.freeze({
    kind: 'strong',
    pattern: compilePattern(spec.key, spec.slot),
    about: spec.about,
    expect: spec.expect ?? {},
    details: { ttlMs, loadTimeoutMs, maxValueBytes, ...codingDetails, row },
    schema: spec.value,
    row,
    snapshot: spec.snapshot ?? false,
    ttlMs,
    loadTimeoutMs,
    maxValueBytes,
    ...coding,
    version: wholeNumber(field('version'), spec.version ?? 1, 2 ** 31),
    load: spec.load,
    loadMany: spec.loadMany,
  })
}
