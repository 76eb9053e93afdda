import { Packr } from 'msgpackr'
import { type Codec, DEEPEST, type Encoded, type Payload } from '../codec/codec.ts'
import { json } from '../codec/json.ts'
import { fitOf, withoutUndefined } from './fit.ts'

/**
 * MessagePack, as msgpackr writes it with inline records: what several objects of a value have in common, their keys,
 * is written once. Each payload says all that is needed to read it; nothing is shared between payloads or processes.
 *
 * Flag: `m`. The few values that msgpackr would change are written as JSON, and so is what it cannot write.
 */
export const msgpack: Codec = { name: 'msgpack', isBinary: true, encode, decode }

const packr = new Packr({
  useRecords: true,
  mapsAsObjects: true,
  // Pointers would let a payload make cycles.
  structuredClone: false,
  useToJSON: false,
})

function encode(value: unknown): Encoded {
  const fit = fitOf(value)
  if (fit === 'none') return json.encode(value)
  try {
    return { flag: 'm', payload: packr.pack(fit === 'exact' ? value : withoutUndefined(value)) }
  } catch {
    // A limit of the format, such as 65,535 properties of one object.
    return json.encode(value)
  }
}

function decode(flag: string, payload: Payload): unknown {
  if (flag !== 'm') return json.decode(flag, payload)
  if (typeof payload === 'string') throw new TypeError('a MessagePack payload was read as text')
  return ownValue(packr.unpack(payload), 0)
}

/**
 * What was unpacked, once it is known to be a value that was stored here: bytes that `encode` did not write may still be
 * MessagePack, of what no value of ours holds: a Set, a RegExp, NaN. Bytes are copied: they lie in the payload.
 */
function ownValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      break
    case 'object':
      if (value === null) return value
      if (value instanceof Uint8Array) return Uint8Array.from(value)
      if (depth < DEEPEST && isOurs(value, depth)) return value
      break
    case 'undefined':
    case 'function':
    case 'symbol':
  }
  throw new TypeError('the payload is MessagePack, but no value that was stored here')
}

function isOurs(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      const own = ownValue(item, depth + 1)
      if (own !== item) value[index] = own
    }
    return true
  }
  if (Object.getPrototypeOf(value) !== Object.prototype)
    return value instanceof Date && !Number.isNaN(value.getTime())
  const properties = value as Record<string, unknown>
  for (const key in properties) {
    const property = properties[key]
    const own = ownValue(property, depth + 1)
    if (own !== property) properties[key] = own
  }
  return true
}
