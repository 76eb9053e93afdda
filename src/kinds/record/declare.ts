import { json } from '../../codec/json.ts'
import { declareLifetime, type KeptSpace, type TimedSpec } from '../../collection/lifetime.ts'
import type { Duration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import { freezeDeep } from '../../core/immutable.ts'
import { check, type Schema } from '../../core/standard-schema.ts'
import type { Expectation } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSchema, checkSpec, wholeNumber } from '../../keyspace/spec.ts'
import { type Fields, isFields } from './paths.ts'

/** The declaration of records. */
export interface RecordSpec<Pattern extends string, Value extends object> {
  /** The key pattern, as in `settings:{userId}`: each key is a record of its own. */
  readonly key: Pattern
  /** What is set, and what reads it; for reference pages and panels. */
  readonly about: string
  /** The fields of a record: any Standard Schema of an object that answers at once and accepts what it lets through. */
  readonly value: Schema<unknown, Value>
  /** What a field is that was never set. */
  readonly defaults: NoInfer<Value>
  /** The largest encoded record. Default 64 KiB. */
  readonly maxValueBytes?: number
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** Records that live in the store alone: when it loses its data, each is as its defaults say. */
export interface StoredSpec {
  readonly on?: 'store'
  /** A record is kept for so long after its last change; `'forever'`: for good. */
  readonly ttl: Duration | 'forever'
}

/** Records that are rows of PostgreSQL, read through the store as strong keyspaces are: see there for what it asks for. */
export interface RowSpec {
  readonly on: 'truth'
  /** How long an unused copy stays in the store. The row stays. Default `1h`. */
  readonly ttl?: Duration
}

/** What a record may be. */
export interface RecordRules<Value> {
  readonly schema: Schema<unknown, Value>
  readonly defaults: Fields
  readonly maxValueBytes: number
}

/** A declared family of records. `open` makes `Records` of it. */
export interface RecordKeyspace<Id, Value, On extends 'store' | 'truth' = 'store' | 'truth'>
  extends KeptSpace, RecordRules<Value> {
  readonly kind: 'record'
  readonly on: On
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof (RecordSpec<string, object> & StoredSpec), true>> = {
  key: true,
  about: true,
  value: true,
  defaults: true,
  on: true,
  ttl: true,
  maxValueBytes: true,
  slot: true,
  expect: true,
}
const DEFAULT_BYTES = 64 * 2 ** 10
const LARGEST_BYTES = 2 ** 20

/**
 * Declares records: objects of which any process changes single fields, checked by a schema as a whole. They live in the
 * store alone, or, with `on: 'truth'`, in PostgreSQL.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function record<const Pattern extends string, Value extends object>(
  spec: RecordSpec<Pattern, Value> & StoredSpec,
): RecordKeyspace<IdOf<Pattern>, Value, 'store'>
/** Declares records that are rows of PostgreSQL. Fails likewise. */
export function record<const Pattern extends string, Value extends object>(
  spec: RecordSpec<Pattern, Value> & RowSpec,
): RecordKeyspace<IdOf<Pattern>, Value, 'truth'>
/** As declared above. */
export function record(
  spec: Omit<RecordSpec<string, object>, 'slot'> & (StoredSpec | RowSpec) & { readonly slot?: string },
): RecordKeyspace<unknown, object> {
  checkSpec('record', spec, FIELDS)
  const field = (name: string): string => `record('${spec.key}').${name}`
  checkSchema(field('value'), spec.value)
  const maxValueBytes = wholeNumber(
    field('maxValueBytes'),
    spec.maxValueBytes ?? DEFAULT_BYTES,
    LARGEST_BYTES,
  )
  const { on = 'store' } = spec
  if (on !== 'store' && on !== 'truth')
    throw new DeclarationError(field('on'), "is neither 'store' nor 'truth'")
  if (on === 'truth' && (spec.ttl as string) === 'forever')
    throw new DeclarationError(field('ttl'), 'is that of the copy in the store, which has an end')
  const { key, about, slot, ttl = on === 'truth' ? '1h' : undefined } = spec
  const { details, ...lifetime } = declareLifetime('record', { key, about, slot, ttl } as TimedSpec)
  return Object.freeze({
    kind: 'record',
    about: spec.about,
    expect: spec.expect ?? {},
    ...lifetime,
    on,
    details: { ...details, on, maxValueBytes },
    schema: spec.value,
    defaults: checkDefaults(field('defaults'), spec.value, spec.defaults),
    maxValueBytes,
  })
}

function checkDefaults(field: string, schema: Schema, defaults: unknown): Fields {
  if (!isFields(defaults)) throw new DeclarationError(field, 'is no object of fields')
  const checked = check(schema, defaults)
  if ('problem' in checked) throw new DeclarationError(field, `does not fit the schema: ${checked.problem}`)
  try {
    // What the caller keeps and may still change is not what records are made from.
    const { flag, payload } = json.encode(defaults)
    return freezeDeep(json.decode(flag, payload) as Fields)
  } catch (error) {
    throw new DeclarationError(field, (error as Error).message)
  }
}
