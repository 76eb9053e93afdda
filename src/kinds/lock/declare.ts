import { type Duration, parseDuration } from '../../core/duration.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSpec } from '../../keyspace/spec.ts'

/** The declaration of a lock. */
export interface LockSpec<Pattern extends string> {
  /** The key pattern, as in `lock:stop-loss:{positionId}`. */
  readonly key: Pattern
  /** What must not happen twice at a time; for reference pages and panels. */
  readonly about: string
  /** How long the lock is granted for. Longer than the work takes: the lease is not renewed. At least 100 ms. */
  readonly lease: Duration
  /** The parameter that decides the Redis Cluster slot. */
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared lock. `open` makes a `Lock` of it. The type parameter is its id. */
export interface LockKeyspace<Id> extends Keyspace {
  readonly kind: 'lock'
  readonly leaseMs: number
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const SHORTEST_LEASE_MS = 100

const FIELDS: Readonly<Record<keyof LockSpec<string>, true>> = {
  key: true,
  about: true,
  lease: true,
  slot: true,
  expect: true,
}

/**
 * Declares a lock.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function lock<const Pattern extends string>(spec: LockSpec<Pattern>): LockKeyspace<IdOf<Pattern>> {
  checkSpec('lock', spec, FIELDS)
  const field = (name: string): string => `lock('${spec.key}').${name}`
  const leaseMs = parseDuration(spec.lease, field('lease'), SHORTEST_LEASE_MS)
  return Object.freeze({
    kind: 'lock',
    pattern: compilePattern(spec.key, spec.slot),
    about: spec.about,
    expect: spec.expect ?? {},
    details: { leaseMs },
    leaseMs,
  })
}
