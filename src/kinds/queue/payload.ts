import { json } from '../../codec/json.ts'
import { InvalidValueError, ValueTooLargeError } from '../../core/errors.ts'
import { check, type Schema } from '../../core/standard-schema.ts'

/**
 * `value` as the text that backends keep: the codec's flag, then JSON.
 *
 * @throws InvalidValueError, ValueTooLargeError
 */
export function encodePayload(name: string, schema: Schema, value: unknown, maxBytes: number): string {
  const checked = check(schema, value)
  if ('problem' in checked) throw new InvalidValueError(name, checked.problem)
  let text: string
  try {
    const { flag, payload } = json.encode(checked.value)
    text = flag + payload
  } catch (error) {
    throw new InvalidValueError(name, `the value cannot be stored: ${(error as Error).message}`, error)
  }
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) throw new ValueTooLargeError(name, bytes, maxBytes)
  // PostgreSQL keeps no NUL; JSON writes it as an escape, so there is none here.
  return text
}

/** What `text` says, as `schema` lets it through, or what is wrong with it. */
export function decodePayload<Value>(
  schema: Schema<unknown, Value>,
  text: string,
): { readonly value: Value } | { readonly problem: string } {
  try {
    return check(schema, json.decode(text.slice(0, 1), text.slice(1)))
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
