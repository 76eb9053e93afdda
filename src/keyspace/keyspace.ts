import type { Duration } from '../core/duration.ts'
import type { KeyPattern } from './pattern.ts'

/** What every declaration shares, whatever its kind. */
export interface Keyspace {
  /** The kind of state: decides the operations and the guarantees. */
  readonly kind: string
  readonly pattern: KeyPattern
  /** One or two sentences for people: what this state is and what reads it. */
  readonly about: string
  /** What an operator may expect of it; alerts and reports compare with it. */
  readonly expect: Expectation
  /** The rest of the declaration, in plain values, for reference pages and panels. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>
}

/** What an operator may expect of a keyspace. */
export interface Expectation {
  /** Hits among hits and loads, 0 to 1. */
  readonly hitRatio?: number
  /** 99 of 100 reads are faster than this. */
  readonly readP99?: Duration
}
