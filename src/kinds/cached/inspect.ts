import type { Immutable } from '../../core/immutable.ts'

/** A value as one tier has it. */
export interface SeenValue<Value> {
  readonly value: Immutable<Value> | null
  readonly ageMs: number
  /** Below zero: it is past its ttl, and kept to be served stale. */
  readonly freshForMs: number
}

/** One key as every tier sees it. Null for a tier that has nothing of use. */
export interface Inspection<Value> {
  /** As in the store, without its namespace. */
  readonly key: string
  readonly l1: SeenValue<Value> | null
  readonly l2: SeenValue<Value> | null
  /** This process is loading it. */
  readonly isLoading: boolean
}
