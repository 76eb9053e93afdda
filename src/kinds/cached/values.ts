import { decode, encode } from '../../core/codec.ts'
import { InvalidValueError, ValueTooLargeError } from '../../core/errors.ts'
import { freezeDeep, type Immutable } from '../../core/immutable.ts'
import { check } from '../../core/standard-schema.ts'
import type { NewValue, Entry } from '../../entry/entry.ts'
import type { CachedKeyspace } from './declare.ts'

/** A value that was checked and encoded: ready to be handed out and to be stored. */
export interface SealedValue<Value> {
  readonly value: Immutable<Value> | null
  readonly encoded: NewValue
}

/**
 * Checks `value` with the schema of the keyspace and encodes it. null and undefined are "known absent".
 *
 * @throws InvalidValueError or ValueTooLargeError
 */
export function seal<Id, Value, Deps>(
  name: string,
  keyspace: CachedKeyspace<Id, Value, Deps>,
  value: unknown,
): SealedValue<Value> {
  const { schema, ttlMs, version, maxValueBytes } = keyspace
  if (value === null || value === undefined) {
    return { value: null, encoded: { ttlMs, flag: 'j', version, payload: 'null' } }
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
  return { value: freezeDeep(own), encoded: { ttlMs, flag: payload.flag, version, payload: payload.text } }
}

/**
 * The value of a stored entry, or what is wrong with it. Entries of another schema version are checked again. Not
 * frozen: see `freezeDeep`, for a value that is shared.
 */
export function unseal<Id, Value, Deps>(
  keyspace: CachedKeyspace<Id, Value, Deps>,
  entry: Entry,
): { value: Immutable<Value> | null } | { problem: string } {
  let value: unknown
  try {
    value = decode(entry.flag, entry.payload)
  } catch (error) {
    return { problem: (error as Error).message }
  }
  if (value === null || entry.version === keyspace.version) return { value: value as Immutable<Value> | null }
  const checked = check(keyspace.schema, value)
  return 'problem' in checked ? checked : { value: checked.value as Immutable<Value> }
}
