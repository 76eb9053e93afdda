import { DeclarationError } from '../../core/errors.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSpec } from '../../keyspace/spec.ts'
import type { LimitAlgorithm, LimitRule } from './port.ts'
import { parseRate, type Rate } from './rate.ts'

/** What a limiter answers while the store is away. */
export type OnStoreDown = 'allow' | 'deny' | 'local'

/** The declaration of a rate limit. */
export interface LimiterSpec<Pattern extends string> {
  /** The key pattern, as in `rate:trades:{userId}`. */
  readonly key: Pattern
  /** What is limited; for reference pages and panels. */
  readonly about: string
  /** So many in so long, as in `10/60s`. */
  readonly rate: Rate
  /**
   * `gcra`, the default: all of them at once if need be, then one each sixth second. `sliding-log`: no more than ten in
   * any 60 seconds; it remembers each take, and so counts up to 10,000.
   */
  readonly algorithm?: LimitAlgorithm
  /**
   * Without the store: `allow` for reads, `deny` for what costs money; `local` counts by the same rule in the memory of
   * this process, so that all processes together allow as many times more as there are of them.
   */
  readonly onStoreDown: OnStoreDown
  /**
   * For hot keys, with `gcra`: each process takes this share of the limit at once, such as 0.05, and gives it out itself.
   * Never more is allowed; but what one process holds another one cannot have meanwhile. At most 0.5. Default: each take
   * asks the store.
   */
  readonly borrow?: number
  /** The parameter that decides the Redis Cluster slot. */
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared limiter. `open` makes a `Limiter` of it. */
export interface LimiterKeyspace<Id> extends Keyspace {
  readonly kind: 'limiter'
  readonly rule: LimitRule
  readonly onStoreDown: OnStoreDown
  readonly borrow: number | undefined
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const FIELDS: Readonly<Record<keyof LimiterSpec<string>, true>> = {
  key: true,
  about: true,
  rate: true,
  algorithm: true,
  onStoreDown: true,
  borrow: true,
  slot: true,
  expect: true,
}
const ALGORITHMS: readonly LimitAlgorithm[] = ['gcra', 'sliding-log']
const MOST_BORROWED = 0.5
const ON_STORE_DOWN: readonly OnStoreDown[] = ['allow', 'deny', 'local']

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
  const { algorithm = 'gcra', onStoreDown, borrow } = spec
  if (!ALGORITHMS.includes(algorithm))
    throw new DeclarationError(field('algorithm'), `is none of ${ALGORITHMS.join(', ')}`)
  if (!ON_STORE_DOWN.includes(onStoreDown))
    throw new DeclarationError(
      field('onStoreDown'),
      `is none of ${ON_STORE_DOWN.join(', ')}; there is no default`,
    )
  if (borrow !== undefined && !(borrow > 0 && borrow <= MOST_BORROWED))
    throw new DeclarationError(field('borrow'), `is no share of the limit: above 0, at most ${MOST_BORROWED}`)
  if (borrow !== undefined && algorithm !== 'gcra')
    throw new DeclarationError(field('borrow'), 'needs gcra: a log must know when each unit was taken')
  const rule = parseRate(algorithm, spec.rate, field('rate'))
  return Object.freeze({
    kind: 'limiter',
    pattern: compilePattern(spec.key, spec.slot),
    about: spec.about,
    expect: spec.expect ?? {},
    details: {
      algorithm,
      limit: rule.limit,
      periodMs: rule.periodMs,
      onStoreDown,
      ...(borrow !== undefined && { borrow }),
    },
    rule,
    onStoreDown,
    borrow,
  })
}
