import { type Duration, parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSpec } from '../../keyspace/spec.ts'

/** The declaration of a lock. */
export interface LockSpec<Pattern extends string> {
  /** The key pattern, as in `lock:stop-loss:{positionId}`. */
  readonly key: Pattern
  /** What must not happen twice at a time; for reference pages and panels. */
  readonly about: string
  /** How long the lock is granted for; it is renewed each third of that while the work runs. At least 100 ms. */
  readonly lease: Duration
  /** The longest that work may hold the lock: beyond it the lease is not renewed. Not below `lease`. Default `15m`. */
  readonly longest?: Duration
  /**
   * Where fencing tokens come from. `clock`, the default: the store's clock and a counter. `gate`: before these, the
   * epoch of the gate in PostgreSQL, so that tokens grow whatever Redis lost and however its clock was set; the lock is
   * granted only while the gate is open. Asks for a truth and for one Redis, as strong keyspaces do.
   */
  readonly fencing?: 'clock' | 'gate'
  /** The parameter that decides the Redis Cluster slot. */
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** A declared lock. `open` makes a `Lock` of it. The type parameter is its id. */
export interface LockKeyspace<Id> extends Keyspace {
  readonly kind: 'lock'
  readonly leaseMs: number
  readonly longestMs: number
  readonly fencing: 'clock' | 'gate'
  /** Carries the type of the id; there is no value. */
  readonly idType?: Id
}

const SHORTEST_LEASE_MS = 100
const LONGEST_MS = 900_000

const FIELDS: Readonly<Record<keyof LockSpec<string>, true>> = {
  key: true,
  about: true,
  lease: true,
  longest: true,
  fencing: true,
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
  const longestMs =
    spec.longest === undefined
      ? Math.max(LONGEST_MS, leaseMs)
      : parseDuration(spec.longest, field('longest'), 1)
  if (longestMs < leaseMs)
    throw new DeclarationError(field('longest'), `${spec.longest} is shorter than the lease of ${spec.lease}`)
  const { fencing = 'clock' } = spec
  if (fencing !== 'clock' && fencing !== 'gate')
    throw new DeclarationError(field('fencing'), "is neither 'clock' nor 'gate'")
  return Object.freeze({
    kind: 'lock',
    pattern: compilePattern(spec.key, spec.slot),
    about: spec.about,
    expect: spec.expect ?? {},
    details: { leaseMs, longestMs, fencing },
    leaseMs,
    longestMs,
    fencing,
  })
}
