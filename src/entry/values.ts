import { decode, encode } from '../core/codec.ts'
import { InvalidValueError, ValueTooLargeError } from '../core/errors.ts'
import { freezeDeep, type Immutable } from '../core/immutable.ts'
import { check, type Schema } from '../core/standard-schema.ts'

/** What a declaration says of its values. */
export interface ValueRules<Value> {
  readonly schema: Schema<unknown, Value>
  /** Counts up when the schema changes. */
  readonly version: number
  readonly maxValueBytes: number
}

/** A value as stores keep it. */
export interface EncodedValue {
  readonly flag: string
  /** The schema version under which it was encoded. */
  readonly version: number
  readonly payload: string
}

/** A value that was checked and encoded: ready to be handed out and to be stored. */
export interface SealedValue<Value, Encoded extends EncodedValue = EncodedValue> {
  readonly value: Immutable<Value> | null
  readonly encoded: Encoded
}

/**
 * Checks `value` with the schema of the keyspace and encodes it. null and undefined are "known absent".
 *
 * @throws InvalidValueError or ValueTooLargeError
 */
export function sealValue<Value>(
  name: string,
  { schema, version, maxValueBytes }: ValueRules<Value>,
  value: unknown,
): SealedValue<Value> {
  if (value === null || value === undefined) {
    return { value: null, encoded: { flag: 'j', version, payload: 'null' } }
  }
  const checked = check(schema, value)
  if ('problem' in checked)
    throw new InvalidValueError(name, `the value does not fit its schema: ${checked.problem}`)
  let payload
  try {
    payload = encode(checked.value)
  } catch (error) {
    throw new InvalidValueError(name, `the value cannot be stored: ${(error as Error).message}`, error)
  }
  const bytes = Buffer.byteLength(payload.text)
  if (bytes > maxValueBytes) throw new ValueTooLargeError(name, bytes, maxValueBytes)
  // What the caller keeps and may still change is not what others will read.
  const own = decode(payload.flag, payload.text) as Value
  return { value: freezeDeep(own), encoded: { flag: payload.flag, version, payload: payload.text } }
}

/**
 * The value of a stored entry, or what is wrong with it. Entries of another schema version are checked again. Not
 * frozen: see `freezeDeep`, for a value that is shared.
 */
export function unsealValue<Value>(
  { schema, version }: ValueRules<Value>,
  stored: EncodedValue,
): { value: Immutable<Value> | null } | { problem: string } {
  try {
    const value = decode(stored.flag, stored.payload)
    if (value === null || stored.version === version) return { value: value as Immutable<Value> | null }
    const checked = check(schema, value)
    return 'problem' in checked ? checked : { value: checked.value as Immutable<Value> }
  } catch (error) {
    // Of the codec, or of a schema that did not expect an older value: no reason to fail those who read.
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
