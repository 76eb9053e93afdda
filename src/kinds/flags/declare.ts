import { declareLifetime, type KeptSpace } from '../../collection/lifetime.ts'
import type { Duration } from '../../core/duration.ts'
import type { Expectation } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSpec, wholeNumber } from '../../keyspace/spec.ts'
import { checkPercent } from './percent.ts'

/** The declaration of feature flags. */
export interface FlagsSpec<Pattern extends string> {
  /** The key pattern, as in `flag:{feature}`: each key is a flag of its own. */
  readonly key: Pattern
  /** What is switched, and for whom; for reference pages and panels. */
  readonly about: string
  /** A flag is kept for so long after its last change; `'forever'`: for good. */
  readonly ttl: Duration | 'forever'
  /** The most subjects of one flag that are switched one by one, at most 100,000; a share that was set counts as one. Beyond it `fix` is refused. */
  readonly max: number
  /** The share of subjects for which a flag is on that nobody has set, 0 to 100. Default 0. */
  readonly percent?: number
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared family of feature flags. `open` makes `Flags` of it. */
export interface FlagsKeyspace<Id> extends KeptSpace {
  readonly kind: 'flags'
  readonly max: number
  readonly percent: number
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof FlagsSpec<string>, true>> = {
  key: true,
  about: true,
  ttl: true,
  max: true,
  percent: true,
  slot: true,
  expect: true,
}
const LARGEST = 100_000

/**
 * Declares feature flags: on for a share of all subjects, and on or off for some by name. They live in the store alone:
 * when it loses its data, each is as declared.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function flags<const Pattern extends string>(spec: FlagsSpec<Pattern>): FlagsKeyspace<IdOf<Pattern>> {
  checkSpec('flags', spec, FIELDS)
  const field = (name: string): string => `flags('${spec.key}').${name}`
  const max = wholeNumber(field('max'), spec.max, LARGEST)
  const percent = checkPercent(field('percent'), spec.percent ?? 0)
  const { details, ...lifetime } = declareLifetime('flags', spec)
  return Object.freeze({
    kind: 'flags',
    about: spec.about,
    expect: spec.expect ?? {},
    ...lifetime,
    details: { ...details, max, percent },
    max,
    percent,
  })
}
