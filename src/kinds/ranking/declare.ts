import {
  declareLifetime,
  type InWindows,
  type KeptFor,
  type KeptSpace,
  type TimedSpec,
} from '../../collection/lifetime.ts'
import type { RankingOrder } from '../../collection/port.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { Expectation } from '../../keyspace/keyspace.ts'
import type { IdOf } from '../../keyspace/pattern.ts'
import { checkSpec, wholeNumber } from '../../keyspace/spec.ts'

/** The declaration of rankings. */
export interface RankingSpec<Pattern extends string, Decimals extends number | undefined = undefined> {
  /** The key pattern, as in `leaders:{league}`: each key is a ranking of its own. */
  readonly key: Pattern
  /** Who is ranked by what; for reference pages and panels. */
  readonly about: string
  /** The most members of one ranking, at most 1,000,000. */
  readonly max: number
  /** Beyond `max` the last ones are dropped, the default, or the change is refused. */
  readonly whenFull?: 'drop-last' | 'refuse'
  /** Which score comes first. Default `highest`. */
  readonly first?: RankingOrder
  /**
   * Scores are decimal texts with at most so many places, kept exactly: for money. At most 15 digits in all, sometimes
   * 16: scaled, they are below 2^53. Without it scores are numbers.
   */
  readonly decimals?: Decimals
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** What scores are: decimal texts where decimals are declared, else numbers. */
export type ScoreOf<Decimals extends number | undefined> = Decimals extends number ? string : number

/** A declared family of rankings. `open` makes a `Ranking` of it. */
export interface RankingKeyspace<Id, Score, Windowed extends boolean> extends KeptSpace {
  readonly kind: 'ranking'
  readonly max: number
  readonly isDropping: boolean
  readonly first: RankingOrder
  readonly decimals: number | undefined
  /** Carries the types of the id and the score; there is no value. */
  readonly idType?: Id
  readonly scoreType?: Score
  readonly isWindowed: Windowed
}

const FIELDS: Readonly<Record<keyof (RankingSpec<string> & KeptFor), true>> = {
  key: true,
  about: true,
  ttl: true,
  windows: true,
  max: true,
  whenFull: true,
  first: true,
  decimals: true,
  slot: true,
  expect: true,
}
const LARGEST = 1_000_000
const MOST_DECIMALS = 15

/**
 * Declares rankings, such as leaderboards. They live in the store alone: when it loses its data, they are empty, and
 * are filled again from their source.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function ranking<const Pattern extends string, const Decimals extends number | undefined = undefined>(
  spec: RankingSpec<Pattern, Decimals> & KeptFor,
): RankingKeyspace<IdOf<Pattern>, ScoreOf<Decimals>, false>
/** Declares the same, for each window of time. Fails likewise. */
export function ranking<const Pattern extends string, const Decimals extends number | undefined = undefined>(
  spec: RankingSpec<Pattern, Decimals> & InWindows,
): RankingKeyspace<IdOf<Pattern>, ScoreOf<Decimals>, true>
/** As declared above. */
export function ranking(
  spec: Omit<RankingSpec<string, number | undefined>, 'slot'> & TimedSpec,
): RankingKeyspace<unknown, unknown, boolean> {
  checkSpec('ranking', spec, FIELDS)
  const field = (name: string): string => `ranking('${spec.key}').${name}`
  const { first = 'highest', whenFull = 'drop-last', decimals } = spec
  const max = wholeNumber(field('max'), spec.max, LARGEST)
  if (first !== 'highest' && first !== 'lowest')
    throw new DeclarationError(field('first'), "is neither 'highest' nor 'lowest'")
  if (whenFull !== 'drop-last' && whenFull !== 'refuse')
    throw new DeclarationError(field('whenFull'), "is neither 'drop-last' nor 'refuse'")
  if (decimals !== undefined && !(Number.isInteger(decimals) && decimals >= 0 && decimals <= MOST_DECIMALS))
    throw new DeclarationError(
      field('decimals'),
      `${decimals} is no whole number between 0 and ${MOST_DECIMALS}`,
    )
  const { details, ...lifetime } = declareLifetime('ranking', spec)
  return Object.freeze({
    kind: 'ranking',
    about: spec.about,
    expect: spec.expect ?? {},
    ...lifetime,
    details: { ...details, max, whenFull, first, decimals: decimals ?? null },
    max,
    isDropping: whenFull === 'drop-last',
    first,
    decimals,
    isWindowed: spec.windows !== undefined,
  })
}
