import { DEEPEST } from './codec.ts'

/**
 * Why `value` cannot be stored, naming the place. A codec asks once it knows that it cannot: on the way of values that
 * can be stored nobody keeps track of places.
 */
export function refusalOf(value: unknown): TypeError {
  return new TypeError(problemOf(value, '', 0) ?? 'the value cannot be stored')
}

/** Whether `value` is an object as `{}` makes them, or one without a prototype. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function problemOf(value: unknown, path: string, depth: number): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : `${at(path)} is ${value}; JSON has no such number`
    case 'function':
    case 'symbol':
      return `${at(path)} is a ${typeof value}; only data can be stored`
    case 'object':
      return value === null ? undefined : problemOfObject(value, path, depth)
    case 'string':
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return undefined
  }
}

function problemOfObject(value: object, path: string, depth: number): string | undefined {
  if (depth === DEEPEST) return `${at(path)} is nested deeper than ${DEEPEST}, or in a cycle`
  if (value instanceof Uint8Array) return undefined
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? `${at(path)} is an invalid Date` : undefined
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const place = `${path}[${index}]`
      if (value[index] === undefined) return `${at(place)} is undefined; in a list write null`
      const problem = problemOf(value[index], place, depth + 1)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  if (!isPlainObject(value))
    return `${at(path)} is a ${value.constructor.name}; only plain objects, arrays, Dates and Uint8Arrays can be stored`
  for (const [key, item] of Object.entries(value)) {
    const problem = problemOf(item, `${path}.${key}`, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

function at(path: string): string {
  return path === '' ? 'the value' : path.replace(/^\./, '')
}
