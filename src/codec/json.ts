import { type Codec, DEEPEST, type Encoded, type Payload } from './codec.ts'
import { isPlainObject, refusalOf } from './refusal.ts'

/**
 * Values to JSON text and back, with the types that JSON lacks.
 *
 * Plain JSON is written and read without a replacer or reviver, which cost several times the work itself. Only when
 * a value holds a bigint, a Date or bytes is it written with tags, and flagged, and only flagged payloads are read with a
 * reviver. A tag is `{"$hf":"bigint","v":"12"}`; a user's object that has a `$hf` of its own is wrapped likewise.
 */

const TAG = '$hf'

/** JSON: the codec of every keyspace that declares no other. Flags: `j` plain, `t` with tags. */
export const json: Codec<string> = { name: 'json', isBinary: false, encode, decode }

function encode(value: unknown): Encoded<string> {
  const form = formOf(value, 0)
  if (form === 'plain') return { flag: 'j', payload: JSON.stringify(value ?? null) }
  if (form === 'refused') throw refusalOf(value)
  return { flag: 't', payload: JSON.stringify(tag(value)) }
}

function decode(flag: string, payload: Payload): unknown {
  if (flag === 'j') return JSON.parse(textOf(payload))
  if (flag === 't') return JSON.parse(textOf(payload), untag)
  throw new TypeError(`payload flag '${flag}' is of a codec that this keyspace does not declare`)
}

function textOf(payload: Payload): string {
  return typeof payload === 'string'
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString()
}

/** What JSON makes of a value: it carries it alone, with tags, or not at all. */
type Form = 'plain' | 'tagged' | 'refused'

function formOf(value: unknown, depth: number): Form {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return 'plain'
    case 'number':
      return Number.isFinite(value) ? 'plain' : 'refused'
    case 'bigint':
      return 'tagged'
    case 'function':
    case 'symbol':
      return 'refused'
    case 'object':
      if (value === null) return 'plain'
      return depth === DEEPEST ? 'refused' : formOfObject(value, depth)
  }
}

function formOfObject(value: object, depth: number): Form {
  if (value instanceof Uint8Array) return 'tagged'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'refused' : 'tagged'
  let form: Form = 'plain'
  if (Array.isArray(value)) {
    // Every item is looked at, also after the first that needs a tag: an impossible one must be found.
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      const itemForm = item === undefined ? 'refused' : formOf(item, depth + 1)
      if (itemForm === 'refused') return 'refused'
      if (itemForm === 'tagged') form = 'tagged'
    }
    return form
  }
  if (!isPlainObject(value)) return 'refused'
  if (TAG in value) form = 'tagged'
  for (const key in value) {
    const itemForm = formOf((value as Readonly<Record<string, unknown>>)[key], depth + 1)
    if (itemForm === 'refused') return 'refused'
    if (itemForm === 'tagged') form = 'tagged'
  }
  return form
}

function tag(value: unknown): unknown {
  if (typeof value === 'bigint') return { [TAG]: 'bigint', v: value.toString() }
  if (value instanceof Date) return { [TAG]: 'date', v: value.toISOString() }
  if (value instanceof Uint8Array) return { [TAG]: 'bytes', v: base64Of(value) }
  if (Array.isArray(value)) return value.map(tag)
  if (typeof value === 'object' && value !== null) {
    const tagged = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tag(item)]))
    return TAG in value ? { [TAG]: 'object', v: Object.entries(tagged) } : tagged
  }
  return value
}

const BASE64 = /^[A-Za-z\d+/]*={0,2}$/

function base64Of({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

function untag(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(TAG in value)) return value
  const { [TAG]: type, v } = value as { [TAG]: unknown; v?: unknown }
  if (type === 'bigint' && typeof v === 'string') return BigInt(v)
  if (type === 'date' && typeof v === 'string' && !Number.isNaN(Date.parse(v))) return new Date(v)
  if (type === 'bytes' && typeof v === 'string' && BASE64.test(v))
    return Uint8Array.from(Buffer.from(v, 'base64'))
  if (type === 'object' && Array.isArray(v)) return Object.fromEntries(v as [string, unknown][])
  throw new TypeError(`unknown tag '${String(type)}'`)
}
