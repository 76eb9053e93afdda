import { type Duration, parseDuration } from '../../core/duration.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSpec, wholeNumber } from '../../keyspace/spec.ts'

/** The declaration of a denylist. */
export interface DenylistSpec<Pattern extends string> {
  /** The key pattern, as in `denied:{jti}`. */
  readonly key: Pattern
  /** What is denied, and who asks; for reference pages and panels. */
  readonly about: string
  /** The longest that anything lives by itself: nothing is denied for longer. Default `30d`. */
  readonly longest?: Duration
  /** How many verdicts each process keeps. Default 10,000. */
  readonly mostVerdicts?: number
  readonly expect?: Expectation
}

/** A declared denylist. `open` makes a `Denylist` of it. */
export interface DenylistKeyspace<Id> extends Keyspace {
  readonly kind: 'denylist'
  readonly longestMs: number
  readonly mostVerdicts: number
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof DenylistSpec<string>, true>> = {
  key: true,
  about: true,
  longest: true,
  mostVerdicts: true,
  expect: true,
}
const MOST_VERDICTS = 1_000_000

/**
 * Declares a denylist: what would be valid by itself, and must not be, until its own end. It stands on PostgreSQL.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function denylist<const Pattern extends string>(
  spec: DenylistSpec<Pattern>,
): DenylistKeyspace<IdOf<Pattern>> {
  checkSpec('denylist', spec, FIELDS)
  const field = (name: string): string => `denylist('${spec.key}').${name}`
  const longestMs = parseDuration(spec.longest ?? '30d', field('longest'), 1_000)
  const mostVerdicts = wholeNumber(field('mostVerdicts'), spec.mostVerdicts ?? 10_000, MOST_VERDICTS)
  return Object.freeze({
    kind: 'denylist',
    pattern: compilePattern(spec.key),
    about: spec.about,
    expect: spec.expect ?? {},
    details: { longestMs, mostVerdicts },
    longestMs,
    mostVerdicts,
  })
}
