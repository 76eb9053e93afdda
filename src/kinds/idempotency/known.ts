import type { Immutable } from '../../core/immutable.ts'

/** An operation that was begun before. */
export type Known<Value> =
  /**
   * Nobody knows the outcome yet. `ageMs`: since it began, on PostgreSQL's clock. `leftMs`: of a `run`, until its lease
   * is over if it is not renewed; 0 or less: it was left undone.
   */
  | { readonly state: 'running'; readonly ageMs: number; readonly leftMs?: number }
  /** Its `run` ended with a FinalFailure. */
  | { readonly state: 'failed'; readonly reason: string; readonly message: string }
  | { readonly state: 'done'; readonly result: Immutable<Value> }
