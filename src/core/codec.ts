/**
 * The payload codec: values to JSON text and back, with the types that JSON lacks.
 *
 * Plain JSON is written and read without a replacer or reviver, which cost several times the work itself. Only when
 * a value holds a bigint or a Date is it written with tags, and flagged, and only flagged payloads are read with a
 * reviver. A tag is `{"$hf":"bigint","v":"12"}`; a user's object that has a `$hf` of its own is wrapped likewise.
 */

/** How a payload is to be read. Part of the stored format: a letter never changes its meaning. */
export type PayloadFlag = 'j' | 't'

/** An encoded value. */
export interface Payload {
  /** `j`: plain JSON. `t`: JSON with tags. */
  readonly flag: PayloadFlag
  readonly text: string
}

const TAG = '$hf'
const DEEPEST = 64

/**
 * `value` as a payload.
 *
 * @throws TypeError naming the place, for what cannot come back as it was: functions, symbols, NaN and infinities,
 * Map, Set, class instances, cycles, nesting deeper than 64.
 */
export function encode(value: unknown): Payload {
  if (isPlain(value, '', 0)) return { flag: 'j', text: JSON.stringify(value ?? null) }
  return { flag: 't', text: JSON.stringify(tag(value)) }
}

/**
 * The value of a payload.
 *
 * @throws SyntaxError or TypeError when the text is not what `encode` writes.
 */
export function decode(flag: string, text: string): unknown {
  if (flag === 'j') return JSON.parse(text)
  if (flag === 't') return JSON.parse(text, untag)
  throw new TypeError(`unknown payload flag '${flag}'`)
}

/** Whether JSON alone carries `value`. Throws where nothing can. */
function isPlain(value: unknown, path: string, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${at(path)} is ${value}; JSON has no such number`)
      return true
    case 'bigint':
      return false
    case 'function':
    case 'symbol':
      throw new TypeError(`${at(path)} is a ${typeof value}; only data can be stored`)
    case 'object':
      return value === null || isPlainObject(value, path, depth)
  }
}

function isPlainObject(value: object, path: string, depth: number): boolean {
  if (depth === DEEPEST) throw new TypeError(`${at(path)} is nested deeper than ${DEEPEST}, or in a cycle`)
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new TypeError(`${at(path)} is an invalid Date`)
    return false
  }
  if (Array.isArray(value)) {
    let plain = true
    // Every item is looked at, also after the first that needs a tag: an impossible one must be found.
    for (let index = 0; index < value.length; index++) {
      if (value[index] === undefined)
        throw new TypeError(`${at(`${path}[${index}]`)} is undefined; in a list write null`)
      plain = isPlain(value[index], `${path}[${index}]`, depth + 1) && plain
    }
    return plain
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(
      `${at(path)} is a ${value.constructor.name}; only plain objects, arrays and Dates can be stored`,
    )
  }
  let plain = !(TAG in value)
  for (const [key, item] of Object.entries(value)) {
    plain = isPlain(item, `${path}.${key}`, depth + 1) && plain
  }
  return plain
}

function at(path: string): string {
  return path === '' ? 'the value' : path.replace(/^\./, '')
}

function tag(value: unknown): unknown {
  if (typeof value === 'bigint') return { [TAG]: 'bigint', v: value.toString() }
  if (value instanceof Date) return { [TAG]: 'date', v: value.toISOString() }
  if (Array.isArray(value)) return value.map(tag)
  if (typeof value === 'object' && value !== null) {
    const tagged = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tag(item)]))
    return TAG in value ? { [TAG]: 'object', v: Object.entries(tagged) } : tagged
  }
  return value
}

function untag(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(TAG in value)) return value
  const { [TAG]: type, v } = value as { [TAG]: unknown; v?: unknown }
  if (type === 'bigint' && typeof v === 'string') return BigInt(v)
  if (type === 'date' && typeof v === 'string') return new Date(v)
  if (type === 'object' && Array.isArray(v)) return Object.fromEntries(v as [string, unknown][])
  throw new TypeError(`unknown tag '${String(type)}'`)
}
