import type { LoadFunction } from './declare.ts'

/** A key to load, and what a value for it will replace: undefined when the store did not answer. */
export interface Wanted<Id, Value> {
  readonly id: Id
  readonly key: string
  readonly base: string | undefined
  /** The generations under which the value will count; undefined when they are not known. */
  readonly marks: string | undefined
  readonly names: readonly string[]
  /** The loader of this call; those that are declared without it. */
  readonly load: LoadFunction<Id, Value> | undefined
}
