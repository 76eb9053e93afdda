/**
 * A value that several callers share: read-only at every depth. The values of an L1 are frozen at run time and have
 * this type, so that one caller cannot change what the next one reads.
 */
export type Immutable<T> = T extends Primitive | ((...parameters: never[]) => unknown) | Date | Uint8Array
  ? T
  : { readonly [Key in keyof T]: Immutable<T[Key]> }

type Primitive = string | number | bigint | boolean | symbol | null | undefined

/** Freezes `value` and all that it holds, and returns it. Plain data only: objects and arrays without cycles. */
export function freezeDeep<T>(value: T): Immutable<T> {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !ArrayBuffer.isView(value)) {
    Object.freeze(value)
    for (const key in value) freezeDeep(value[key])
  }
  return value as Immutable<T>
}
