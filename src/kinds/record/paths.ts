import { isPlainObject } from '../../codec/refusal.ts'

type Leaf =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | Uint8Array
  | readonly unknown[]

/** One less, to end the recursion of types that hold themselves. */
type Less = [never, 0, 1, 2, 3, 4]

/** The paths to the fields of a record, five deep at most: `'theme'`, `'alerts'`, `'alerts.email'`. */
export type PathOf<Value, Depth extends number = 5> = Depth extends 0
  ? never
  : Value extends Leaf
    ? never
    : {
        [Name in keyof Value & string]:
          | Name
          | `${Name}.${PathOf<NonNullable<Value[Name]>, Less[Depth] & number>}`
      }[keyof Value & string]

/** What is at a path. */
export type ValueAt<Value, Path extends string> = Path extends keyof Value
  ? Value[Path]
  : Path extends `${infer Name}.${infer Rest}`
    ? Name extends keyof Value
      ? ValueAt<NonNullable<Value[Name]>, Rest>
      : never
    : never

/** Fields by their path, and what they become. Undefined: what the defaults say. */
export type FieldChanges<Value> = {
  readonly [Path in PathOf<Value>]?: ValueAt<Value, Path> | undefined
}

/** An object of fields. */
export type Fields = Readonly<Record<string, unknown>>

/** Whether it has fields that a path can lead to. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && isPlainObject(value)
}

/** What is under a name of its own. */
export function fieldOf(fields: unknown, name: string): unknown {
  return isFields(fields) && Object.hasOwn(fields, name) ? fields[name] : undefined
}

/** What is at a path; undefined for nothing. */
export function valueAt(fields: Fields, path: readonly string[]): unknown {
  return path.reduce<unknown>(fieldOf, fields)
}

/** A copy of `fields` with another value at a path; undefined takes it away. Objects on the way are made. */
export function withValue(fields: Fields, path: readonly string[], value: unknown): Fields {
  const [name = '', ...rest] = path
  const others = Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name))
  const inner = fieldOf(fields, name)
  const next = rest.length === 0 ? value : withValue(isFields(inner) ? inner : {}, rest, value)
  // A name in brackets is that of a field, `__proto__` too.
  return next === undefined ? others : { ...others, [name]: next }
}

/** The fields of `upper`, and of `lower` where it has none, at every depth. */
export function merged(lower: Fields, upper: Fields): Fields {
  const above = Object.entries(upper).filter(([, value]) => value !== undefined)
  const both = above.map(([name, value]) => {
    const below = fieldOf(lower, name)
    return [name, isFields(value) && isFields(below) ? merged(below, value) : value]
  })
  return Object.fromEntries([...Object.entries(lower), ...both]) as Fields
}

/** The path to a field of `given` that `accepted` does not have; undefined when it has them all. */
export function unknownField(given: unknown, accepted: unknown, path: readonly string[]): string | undefined {
  if (given === undefined) return undefined
  if (accepted === undefined) return path.join('.')
  if (!isFields(given) || !isFields(accepted)) return undefined
  for (const [name, value] of Object.entries(given)) {
    const unknown = unknownField(value, fieldOf(accepted, name), [...path, name])
    if (unknown !== undefined) return unknown
  }
  return undefined
}
