import { json } from '../../codec/json.ts'
import { type Duration, parseDuration } from '../../core/duration.ts'
import { parseSize, type Size } from '../../core/size.ts'
import type { Schema } from '../../core/standard-schema.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSchema, checkSpec, wholeNumber } from '../../keyspace/spec.ts'
import type { StreamBounds } from './port.ts'

/** The declaration of a topic. */
export interface TopicSpec<Pattern extends string, Value> {
  /** The key pattern, as in `trades:{agentId}`: each key is a stream of its own. */
  readonly key: Pattern
  /** What the events say, and who listens; for reference pages and panels. */
  readonly about: string
  /** What an event is: any Standard Schema that answers at once. */
  readonly value: Schema<unknown, Value>
  /** How long events can be replayed. Default `1d`. */
  readonly history?: Duration
  /** How many events of one key can be replayed at most. Default 10,000. */
  readonly maxLength?: number
  /** The largest encoded event. Default `64kB`. */
  readonly maxEventSize?: Size
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared topic. `open` makes a `Topic` of it. */
export interface TopicKeyspace<Id, Value> extends Keyspace {
  readonly kind: 'topic'
  readonly schema: Schema<unknown, Value>
  readonly bounds: StreamBounds
  readonly version: 1
  readonly maxValueBytes: number
  readonly codec: typeof json
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof TopicSpec<string, unknown>, true>> = {
  key: true,
  about: true,
  value: true,
  history: true,
  maxLength: true,
  maxEventSize: true,
  slot: true,
  expect: true,
}
const LONGEST_STREAM = 1_000_000
const LARGEST_EVENT = 1_000_000

/**
 * Declares a topic: events, in order for each key, that are told to all who subscribe.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function topic<const Pattern extends string, Value>(
  spec: TopicSpec<Pattern, Value>,
): TopicKeyspace<IdOf<Pattern>, Value> {
  checkSpec('topic', spec, FIELDS)
  const field = (name: string): string => `topic('${spec.key}').${name}`
  checkSchema(field('value'), spec.value)
  const historyMs = parseDuration(spec.history ?? '1d', field('history'), 1_000)
  const maxLength = wholeNumber(field('maxLength'), spec.maxLength ?? 10_000, LONGEST_STREAM)
  const maxValueBytes = parseSize(spec.maxEventSize ?? '64kB', field('maxEventSize'), LARGEST_EVENT)
  return Object.freeze({
    kind: 'topic',
    pattern: compilePattern(spec.key, spec.slot),
    about: spec.about,
    expect: spec.expect ?? {},
    details: { historyMs, maxLength, maxEventBytes: maxValueBytes },
    schema: spec.value,
    bounds: { historyMs, maxLength },
    version: 1,
    maxValueBytes,
    codec: json,
  })
}
