import { DeclarationError } from '../../core/errors.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSpec } from '../../keyspace/spec.ts'
import { type ParsedRate, parseRate, type Rate } from './rate.ts'

/** The declaration of a rate limit. */
export interface LimiterSpec<Pattern extends string> {
  /** The key pattern, as in `rate:trades:{userId}`. */
  readonly key: Pattern
  /** What is limited; for reference pages and panels. */
  readonly about: string
  /** So many in so long, as in `10/60s`: all of them at once if need be, then one each sixth second. */
  readonly rate: Rate
  /** Without the store: `allow` for reads, `deny` for what costs money. */
  readonly onStoreDown: 'allow' | 'deny'
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared limiter. `open` makes a `Limiter` of it. */
export interface LimiterKeyspace<Id> extends Keyspace {
  readonly kind: 'limiter'
  readonly rate: ParsedRate
  readonly onStoreDown: 'allow' | 'deny'
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof LimiterSpec<string>, true>> = {
  key: true,
  about: true,
  rate: true,
  onStoreDown: true,
  slot: true,
  expect: true,
}

/**
 * Declares a rate limit. What is denied consumes nothing.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function limiter<const Pattern extends string>(
  spec: LimiterSpec<Pattern>,
): LimiterKeyspace<IdOf<Pattern>> {
  checkSpec('limiter', spec, FIELDS)
  const field = (name: string): string => `limiter('${spec.key}').${name}`
  if (spec.onStoreDown !== 'allow' && spec.onStoreDown !== 'deny')
    throw new DeclarationError(field('onStoreDown'), "is neither 'allow' nor 'deny'; there is no default")
  const rate = parseRate(spec.rate, field('rate'))
  return Object.freeze({
    kind: 'limiter',
    pattern: compilePattern(spec.key, spec.slot),
    about: spec.about,
    expect: spec.expect ?? {},
    details: { limit: rate.limit, periodMs: rate.periodMs, onStoreDown: spec.onStoreDown },
    rate,
    onStoreDown: spec.onStoreDown,
  })
}
