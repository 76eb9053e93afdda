import { declareLifetime, type KeptSpace } from '../../collection/lifetime.ts'
import type { Duration } from '../../core/duration.ts'
import type { Expectation } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSpec, wholeNumber } from '../../keyspace/spec.ts'

/** The declaration of sets. */
export interface MembersSpec<Pattern extends string> {
  /** The key pattern, as in `watching:{userId}`: each key is a set of its own. */
  readonly key: Pattern
  /** What is in the set, and who asks; for reference pages and panels. */
  readonly about: string
  /** The set is kept for so long after the last `add`; `'forever'`: for good. */
  readonly ttl: Duration | 'forever'
  /** The most members of one set, at most 1,000,000. Beyond it `add` is refused. */
  readonly max: number
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared family of sets. `open` makes a `Members` of it. */
export interface MembersKeyspace<Id> extends KeptSpace {
  readonly kind: 'members'
  readonly max: number
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof MembersSpec<string>, true>> = {
  key: true,
  about: true,
  ttl: true,
  max: true,
  slot: true,
  expect: true,
}
const LARGEST = 1_000_000

/**
 * Declares sets of texts. They live in the store alone: when it loses its data, they are empty.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function members<const Pattern extends string>(
  spec: MembersSpec<Pattern>,
): MembersKeyspace<IdOf<Pattern>> {
  checkSpec('members', spec, FIELDS)
  const max = wholeNumber(`members('${spec.key}').max`, spec.max, LARGEST)
  const { details, ...lifetime } = declareLifetime('members', spec)
  return Object.freeze({
    kind: 'members',
    about: spec.about,
    expect: spec.expect ?? {},
    ...lifetime,
    details: { ...details, max },
    max,
  })
}
