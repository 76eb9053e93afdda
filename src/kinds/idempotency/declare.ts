import { type Duration, parseDuration } from '../../core/duration.ts'
import type { Output, Schema } from '../../core/standard-schema.ts'
import type { Expectation, Keyspace } from '../../keyspace/keyspace.ts'
import { compilePattern, type IdOf } from '../../keyspace/pattern.ts'
import { checkSchema, checkSpec, wholeNumber } from '../../keyspace/spec.ts'

/** The declaration of operations that happen at most once. */
export interface IdempotencySpec<Pattern extends string, S extends Schema> {
  /** The key pattern, as in `idempotency:trade:{userId}:{key}`. The caller's own key is one of its parameters. */
  readonly key: Pattern
  /** What must not happen twice; for reference pages and panels. */
  readonly about: string
  /** The stored outcome: any synchronous Standard Schema. It must accept what it lets through. */
  readonly value: S
  /** How long an outcome is remembered, from the beginning of the operation. */
  readonly ttl: Duration
  /** Of `run`: how long after its last sign of life one that died is taken over. At least 1 s; default `10s`. */
  readonly lease?: Duration
  /** The largest encoded outcome. Default 64 KiB. */
  readonly maxValueBytes?: number
  readonly slot?: keyof IdOf<Pattern> & string
  readonly expect?: Expectation
}

/** Declared idempotency. `open` makes an `Idempotency` of it. */
export interface IdempotencyKeyspace<Id, Value> extends Keyspace {
  readonly kind: 'idempotency'
  readonly schema: Schema<unknown, Value>
  readonly ttlMs: number
  readonly leaseMs: number
  readonly maxValueBytes: number
  readonly version: number
  /** Carries the type of the id, which is only ever asked for. */
  readonly idType?: (id: Id) => void
}

const FIELDS: Readonly<Record<keyof IdempotencySpec<string, Schema>, true>> = {
  key: true,
  about: true,
  value: true,
  ttl: true,
  lease: true,
  maxValueBytes: true,
  slot: true,
  expect: true,
}

/**
 * Declares operations that happen at most once for each id, and whose outcome is stored with their effect.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function idempotency<const Pattern extends string, S extends Schema>(
  spec: IdempotencySpec<Pattern, S>,
): IdempotencyKeyspace<IdOf<Pattern>, Output<S>> {
  checkSpec('idempotency', spec, FIELDS)
  const field = (name: string): string => `idempotency('${spec.key}').${name}`
  checkSchema(field('value'), spec.value)
  const maxValueBytes = wholeNumber(field('maxValueBytes'), spec.maxValueBytes ?? 2 ** 16, 2 ** 28)
  const ttlMs = parseDuration(spec.ttl, field('ttl'), 1_000)
  const leaseMs = parseDuration(spec.lease ?? '10s', field('lease'), 1_000)
  return Object.freeze({
    kind: 'idempotency',
    pattern: compilePattern(spec.key, spec.slot),
    about: spec.about,
    expect: spec.expect ?? {},
    details: { ttlMs, maxValueBytes, leaseMs },
    schema: spec.value,
    ttlMs,
    leaseMs,
    maxValueBytes,
    version: 1,
  })
}
