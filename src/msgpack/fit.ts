import { DEEPEST } from '../codec/codec.ts'

/** How a value fits MessagePack as msgpackr writes it. `sparse`: once its undefined properties are left out. */
export type Fit = 'exact' | 'sparse' | 'none'

/** Properties with a meaning of their own for msgpackr, or for objects that are built from what it reads. */
const RESERVED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'toJSON', '__keys__'])

/**
 * Whether `value` comes back as it was. What does not, or cannot be stored at all, is left to JSON, which carries it
 * or says what is wrong. So there is one list of refusals, whatever the codec.
 */
export function fitOf(value: unknown, depth = 0): Fit {
  switch (typeof value) {
    case 'boolean':
      return 'exact'
    case 'number':
      return Number.isFinite(value) ? 'exact' : 'none'
    case 'string':
      return isPlainText(value) ? 'exact' : 'none'
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'exact' : 'none'
    case 'object':
      if (value === null) return 'exact'
      return depth === DEEPEST ? 'none' : fitOfObject(value, depth)
    case 'undefined':
    case 'function':
    case 'symbol':
      return 'none'
  }
}

function fitOfObject(value: object, depth: number): Fit {
  let fit: Fit = 'exact'
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item = fitOf(value[index], depth + 1)
      if (item === 'none') return 'none'
      if (item === 'sparse') fit = 'sparse'
    }
    return fit
  }
  if (value instanceof Uint8Array) return 'exact'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'none' : 'exact'
  if (Object.getPrototypeOf(value) !== Object.prototype) return 'none'
  for (const key in value) {
    const property = (value as Readonly<Record<string, unknown>>)[key]
    if (property === undefined) {
      fit = 'sparse'
      continue
    }
    if (RESERVED_KEYS.has(key) || !isPlainText(key)) return 'none'
    const item = fitOf(property, depth + 1)
    if (item === 'none') return 'none'
    if (item === 'sparse') fit = 'sparse'
  }
  return fit
}

/** msgpackr's decoder drops a leading byte order mark, and replaces halves of surrogate pairs. */
function isPlainText(text: string): boolean {
  return text.isWellFormed() && text.charCodeAt(0) !== 0xfeff
}

/** A copy without the properties that are undefined: MessagePack would keep them, JSON does not. */
export function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, property]) => property !== undefined)
      .map(([key, property]) => [key, withoutUndefined(property)]),
  )
}
