import type { WindowSpec } from '../../collection/lifetime.ts'
import { type Duration, parseDuration } from '../../core/duration.ts'
import { parseSize, type Size } from '../../core/size.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSpec, wholeNumber } from '../../keyspace/spec.ts'
import { topic, type TopicKeyspace } from '../topic/declare.ts'
import { type StoredLine, storedLine } from './line.ts'

/** The declaration of logs. */
export interface LogSpec<Pattern extends string> {
  /** The key pattern, as in `logs:{service}`: each key is a log of its own. */
  readonly key: Pattern
  /** Who writes it, and who reads it; for reference pages and panels. */
  readonly about: string
  /** How long lines stay in the store. Default `1h`. */
  readonly history?: Duration
  /** How many lines of one key stay in the store at most, up to 1,000,000. Default 10,000. */
  readonly maxLength?: number
  /** The longest line, encoded; what is longer is cut. Default `8kB`, at least `256B`. */
  readonly maxLineSize?: Size
  /** For which stretches of time lines are counted. Default `{ every: '1h', keep: 24 }`. */
  readonly counts?: WindowSpec
  /** How many lines a process holds that are not in the store yet, up to 100,000; beyond it the oldest go. Default 10,000. */
  readonly maxBuffered?: number
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared log. `open` makes a `Log` of it. */
export interface LogKeyspace<Id> extends Keyspace {
  readonly kind: 'log'
  /** Where its lines are. */
  readonly lines: TopicKeyspace<Id, StoredLine>
  readonly maxLineBytes: number
  readonly maxBuffered: number
  readonly counts: { readonly everyMs: number; readonly keep: number }
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof LogSpec<string>, true>> = {
  key: true,
  about: true,
  history: true,
  maxLength: true,
  maxLineSize: true,
  counts: true,
  maxBuffered: true,
  slot: true,
  expect: true,
}
const LARGEST_LINE = 1_000_000
const SMALLEST_LINE = 256
const MOST_BUFFERED = 100_000
const MOST_WINDOWS = 1_000

/**
 * Declares logs: lines that are written without waiting, followed live, counted, and carried to PostgreSQL in batches.
 * What the store loses before that is lost, and counted.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function log<const Pattern extends string>(spec: LogSpec<Pattern>): LogKeyspace<IdOf<Pattern>> {
  checkSpec('log', spec, FIELDS)
  const field = (name: string): string => `log('${spec.key}').${name}`
  const { history = '1h', maxLength = 10_000, counts = { every: '1h', keep: 24 } } = spec
  const maxLineBytes = parseSize(spec.maxLineSize ?? '8kB', field('maxLineSize'), LARGEST_LINE)
  wholeNumber(field('maxLineSize'), Math.max(0, maxLineBytes - SMALLEST_LINE + 1), LARGEST_LINE)
  const everyMs = parseDuration(counts.every, field('counts.every'), 1_000)
  const keep = wholeNumber(field('counts.keep'), counts.keep, MOST_WINDOWS)
  const maxBuffered = wholeNumber(field('maxBuffered'), spec.maxBuffered ?? 10_000, MOST_BUFFERED)
  const historyMs = parseDuration(history, field('history'), 1_000)
  const lines = topic<Pattern, StoredLine>({
    key: spec.key,
    about: spec.about,
    value: storedLine,
    history,
    maxLength: wholeNumber(field('maxLength'), maxLength, 1_000_000),
    // Room for what the codec adds to fields that look like its own tags.
    maxEventSize: `${Math.min(LARGEST_LINE, 2 * maxLineBytes)}B`,
    ...(spec.slot !== undefined && { slot: spec.slot }),
  })
  return Object.freeze({
    kind: 'log',
    pattern: lines.pattern,
    about: spec.about,
    expect: spec.expect ?? {},
    details: { historyMs, maxLength, maxLineBytes, maxBuffered, countMs: everyMs, counts: keep },
    lines,
    maxLineBytes,
    maxBuffered,
    counts: { everyMs, keep },
  })
}
