import { json } from '../../codec/json.ts'
import { declareLifetime, type KeptSpace } from '../../collection/lifetime.ts'
import type { Duration } from '../../core/duration.ts'
import { parseSize, type Size } from '../../core/size.ts'
import type { Schema } from '../../core/standard-schema.ts'
import type { Expectation } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSchema, checkSpec, wholeNumber } from '../../keyspace/spec.ts'

/** The declaration of lists of what came last. */
export interface RecentSpec<Pattern extends string, Value> {
  /** The key pattern, as in `fills:{asset}`: each key is a list of its own. */
  readonly key: Pattern
  /** What comes, and who looks back; for reference pages and panels. */
  readonly about: string
  /** What an item is: any Standard Schema that answers at once. */
  readonly value: Schema<unknown, Value>
  /** The list is kept for so long after the last `push`; `'forever'`: for good. */
  readonly ttl: Duration | 'forever'
  /** The most items of one list, at most 10,000. Beyond it the oldest go. */
  readonly max: number
  /** The largest encoded item. Default `64kB`. */
  readonly maxItemSize?: Size
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared family of lists. `open` makes a `Recent` of it. */
export interface RecentKeyspace<Id, Value> extends KeptSpace {
  readonly kind: 'recent'
  readonly max: number
  readonly schema: Schema<unknown, Value>
  readonly version: 1
  readonly maxValueBytes: number
  readonly codec: typeof json
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof RecentSpec<string, unknown>, true>> = {
  key: true,
  about: true,
  value: true,
  ttl: true,
  max: true,
  maxItemSize: true,
  slot: true,
  expect: true,
}
const LARGEST = 10_000
const LARGEST_ITEM = 1_000_000

/**
 * Declares lists of what came last, the newest first. They live in the store alone: when it loses its data, they are
 * empty.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function recent<const Pattern extends string, Value>(
  spec: RecentSpec<Pattern, Value>,
): RecentKeyspace<IdOf<Pattern>, Value> {
  checkSpec('recent', spec, FIELDS)
  const field = (name: string): string => `recent('${spec.key}').${name}`
  checkSchema(field('value'), spec.value)
  const max = wholeNumber(field('max'), spec.max, LARGEST)
  const maxValueBytes = parseSize(spec.maxItemSize ?? '64kB', field('maxItemSize'), LARGEST_ITEM)
  const { details, ...lifetime } = declareLifetime('recent', spec)
  return Object.freeze({
    kind: 'recent',
    about: spec.about,
    expect: spec.expect ?? {},
    ...lifetime,
    details: { ...details, max, maxItemBytes: maxValueBytes },
    max,
    schema: spec.value,
    version: 1,
    maxValueBytes,
    codec: json,
  })
}
