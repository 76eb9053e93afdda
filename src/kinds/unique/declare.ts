import {
  declareLifetime,
  type InWindows,
  type KeptFor,
  type KeptSpace,
  type TimedSpec,
} from '../../collection/lifetime.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { Expectation } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSpec } from '../../keyspace/spec.ts'

/** The declaration of a count of unique members. */
export interface UniqueSpec<Pattern extends string> {
  /** The key pattern, as in `visitors:{page}`. */
  readonly key: Pattern
  /** Who or what is counted once; for reference pages and panels. */
  readonly about: string
  /** The parameter whose keys lie together, so that they can be counted together. With windows it is needed. */
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared count of unique members. `open` makes a `Unique` of it, with windows a `WindowedUnique`. */
export interface UniqueKeyspace<Id, Windowed extends boolean> extends KeptSpace {
  readonly kind: 'unique'
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
  readonly isWindowed: Windowed
}

const FIELDS: Readonly<Record<keyof (UniqueSpec<string> & KeptFor), true>> = {
  key: true,
  about: true,
  ttl: true,
  windows: true,
  slot: true,
  expect: true,
}

/**
 * Declares counts of unique members, such as visitors: how many different ones there were, but not which. In Redis a
 * HyperLogLog of at most 12 kB, whose counts are off by 0.81 % (the standard error); in memory exact, up to 1,000,000.
 * When the store loses its data, they begin at 0.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function unique<const Pattern extends string>(
  spec: UniqueSpec<Pattern> & KeptFor,
): UniqueKeyspace<IdOf<Pattern>, false>
/** Declares the same, for each window of time. Fails likewise. */
export function unique<const Pattern extends string>(
  spec: UniqueSpec<Pattern> & InWindows,
): UniqueKeyspace<IdOf<Pattern>, true>
/** As declared above. */
export function unique(spec: TimedSpec): UniqueKeyspace<unknown, boolean> {
  checkSpec('unique', spec, FIELDS)
  if (spec.windows !== undefined && spec.slot === undefined)
    throw new DeclarationError(
      `unique('${spec.key}').slot`,
      'is missing: windows are counted together, so their keys must lie in one slot. Name a parameter',
    )
  return Object.freeze({
    kind: 'unique',
    about: spec.about,
    expect: spec.expect ?? {},
    isWindowed: spec.windows !== undefined,
    ...declareLifetime('unique', spec),
  })
}
