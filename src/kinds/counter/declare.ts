import {
  declareLifetime,
  type InWindows,
  type KeptFor,
  type KeptSpace,
  type TimedSpec,
} from '../../collection/lifetime.ts'
import type { Expectation } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSpec } from '../../keyspace/spec.ts'

/** The declaration of a counter. */
export interface CounterSpec<Pattern extends string> {
  /** The key pattern, as in `trades:{asset}`: each key is a count of its own. */
  readonly key: Pattern
  /** What is counted; for reference pages and panels. */
  readonly about: string
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared counter. `open` makes a `Counter` of it, with windows a `WindowedCounter`. */
export interface CounterKeyspace<Id, Windowed extends boolean> extends KeptSpace {
  readonly kind: 'counter'
  /** Carries the types of the id and of the windows; there is no value. */
  readonly idType?: Id
  readonly isWindowed: Windowed
}

const FIELDS: Readonly<Record<keyof (CounterSpec<string> & KeptFor), true>> = {
  key: true,
  about: true,
  ttl: true,
  windows: true,
  slot: true,
  expect: true,
}

/**
 * Declares counters: whole numbers of 64 bits that any process adds to. They live in the store alone: when it loses
 * its data, they begin at 0. What must not be lost is counted in PostgreSQL.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function counter<const Pattern extends string>(
  spec: CounterSpec<Pattern> & KeptFor,
): CounterKeyspace<IdOf<Pattern>, false>
/** Declares the same, for each window of time. Fails likewise. */
export function counter<const Pattern extends string>(
  spec: CounterSpec<Pattern> & InWindows,
): CounterKeyspace<IdOf<Pattern>, true>
/** As declared above. */
export function counter(spec: TimedSpec): CounterKeyspace<unknown, boolean> {
  checkSpec('counter', spec, FIELDS)
  return Object.freeze({
    kind: 'counter',
    about: spec.about,
    expect: spec.expect ?? {},
    isWindowed: spec.windows !== undefined,
    ...declareLifetime('counter', spec),
  })
}
