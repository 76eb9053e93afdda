import type { Codec, Encoded, Payload } from '../codec/codec.ts'
import { InvalidValueError, ValueTooLargeError } from '../core/errors.ts'
import { freezeDeep, type Immutable } from '../core/immutable.ts'
import { check, type Schema } from '../core/standard-schema.ts'

/** What a declaration says of its values. */
export interface ValueRules<Value, P extends Payload = Payload> {
  readonly schema: Schema<unknown, Value>
  /** Counts up when the schema changes. */
  readonly version: number
  readonly maxValueBytes: number
  readonly codec: Codec<P>
}

/** A value as stores keep it. Its flag says how it is to be read. */
export interface EncodedValue<P extends Payload = Payload> extends Encoded<P> {
  /** The schema version under which it was encoded. */
  readonly version: number
}

/** A value that was checked and encoded: ready to be handed out and to be stored. */
export interface SealedValue<Value, Stored extends EncodedValue = EncodedValue> {
  readonly value: Immutable<Value> | null
  readonly encoded: Stored
}

/** What a stored entry holds, or what is wrong with it. */
export type Unsealed<Value> = { readonly value: Immutable<Value> | null } | { readonly problem: string }

/**
 * Checks `value` with the schema of the keyspace and encodes it. null and undefined are "known absent".
 *
 * @throws InvalidValueError or ValueTooLargeError
 */
export function sealValue<Value, P extends Payload>(
  name: string,
  { schema, version, maxValueBytes, codec }: ValueRules<Value, P>,
  value: unknown,
): SealedValue<Value, EncodedValue<P>> {
  if (value === null || value === undefined)
    return { value: null, encoded: { ...codec.encode(null), version } }
  const checked = check(schema, value)
  if ('problem' in checked)
    throw new InvalidValueError(name, `the value does not fit its schema: ${checked.problem}`)
  let encoded
  try {
    encoded = codec.encode(checked.value)
  } catch (error) {
    throw new InvalidValueError(name, `the value cannot be stored: ${(error as Error).message}`, error)
  }
  const { flag, payload } = encoded
  const bytes = byteLength(payload)
  if (bytes > maxValueBytes) throw new ValueTooLargeError(name, bytes, maxValueBytes)
  // What the caller keeps and may still change is not what others will read.
  const own = codec.decode(flag, payload) as Value
  return { value: freezeDeep(own), encoded: { flag, payload, version } }
}

/**
 * The value of a stored entry that is not compressed, or what is wrong with it. Entries of another schema version are
 * checked again. Not frozen: see `freezeDeep`, for a value that is shared.
 */
export function unsealValue<Value>(
  { schema, version, codec }: Omit<ValueRules<Value>, 'maxValueBytes'>,
  stored: EncodedValue,
): Unsealed<Value> {
  try {
    const value = codec.decode(stored.flag, stored.payload)
    if (value === null || stored.version === version) return new Sound(value as Immutable<Value> | null)
    const checked = check(schema, value)
    return 'problem' in checked ? checked : { value: checked.value as Immutable<Value> }
  } catch (error) {
    // Of the codec, or of a schema that did not expect an older value: no reason to fail those who read.
    return problemOf(error)
  }
}

/** See `ParsedEntry`. */
class Sound<Value> {
  readonly value: Immutable<Value> | null

  constructor(value: Immutable<Value> | null) {
    this.value = value
  }
}

/** Why something that is stored cannot be read. */
export function problemOf(error: unknown): { readonly problem: string } {
  return { problem: error instanceof Error ? error.message : String(error) }
}

/** How many bytes a payload takes. */
export function byteLength(payload: Payload): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
}
