import { declareLifetime, type KeptSpace } from '../../collection/lifetime.ts'
import type { Duration } from '../../core/duration.ts'
import type { Expectation } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSpec, wholeNumber } from '../../keyspace/spec.ts'

/** The declaration of places. */
export interface PlacesSpec<Pattern extends string> {
  /** The key pattern, as in `venues:{network}`: each key is a map of its own. */
  readonly key: Pattern
  /** What is where; for reference pages and panels. */
  readonly about: string
  /** The places are kept for so long after the last `add`; `'forever'`: for good. */
  readonly ttl: Duration | 'forever'
  /** The most members of one map, at most 100,000. Beyond it `add` is refused. */
  readonly max: number
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared family of places. `open` makes `Places` of it. */
export interface PlacesKeyspace<Id> extends KeptSpace {
  readonly kind: 'places'
  readonly max: number
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof PlacesSpec<string>, true>> = {
  key: true,
  about: true,
  ttl: true,
  max: true,
  slot: true,
  expect: true,
}
const LARGEST = 100_000

/**
 * Declares members with places on earth, to find the nearest. They live in the store alone: when it loses its data,
 * there are none, and they are added again from their source.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function places<const Pattern extends string>(
  spec: PlacesSpec<Pattern>,
): PlacesKeyspace<IdOf<Pattern>> {
  checkSpec('places', spec, FIELDS)
  const max = wholeNumber(`places('${spec.key}').max`, spec.max, LARGEST)
  const { details, ...lifetime } = declareLifetime('places', spec)
  return Object.freeze({
    kind: 'places',
    about: spec.about,
    expect: spec.expect ?? {},
    ...lifetime,
    details: { ...details, max },
    max,
  })
}
