/** What a key of the store is for. */
export type StoredPart =
  /** An entry of a cached keyspace, a lock, a limit: its name is its key. */
  | 'plain'
  /** The right of a load to fill. */
  | 'ticket'
  /** A generation, or the mark of the present epoch. */
  | 'mark'
  /** An entry of a strong keyspace. */
  | 'strong'
  /** The same, of an earlier epoch of the gate: nobody reads it any more. */
  | 'past'
  /** The last fencing token of a lock. */
  | 'token'
  /** What processes counted. */
  | 'tally'
  /** Nothing that this version writes. */
  | 'unknown'

/** A key that the store holds. */
export interface StoredName {
  readonly part: StoredPart
  /** The key of its keyspace. */
  readonly key: string
  /** As in the store, without its namespace. */
  readonly name: string
}

/** Some keys, and how far the walk has come with them: 0 to 1, and 1 on the last page. */
export interface NamesPage {
  readonly names: readonly StoredName[]
  readonly share: number
}

/** What is under a key. */
export interface SeenKey {
  /** How long the store keeps it; null: for good. */
  readonly ttlMs: number | null
  /** The first characters of a text, at most `HEAD_LENGTH`; null for what is no text. */
  readonly head: string | null
  /** What it takes in the store's memory, name included; null when that was not asked for, or not told. */
  readonly bytes: number | null
}

/** How much of a text `look` reads. */
export const HEAD_LENGTH = 1_024

/**
 * A walk through everything under one namespace, for operators. Memory and Redis implement it; one conformance suite
 * holds them to it.
 *
 * Every method may reject with StoreUnavailableError, StoreTimeoutError or StoreRefusedError.
 */
export interface SurveyStore {
  /**
   * All keys that are there from the beginning to the end of the walk, in no order, in small steps between which the
   * store serves others. One may come twice.
   */
  pages(): AsyncIterable<NamesPage>

  /** What is under these names, in their order; null for what is gone. `measured`: which to ask the size of. */
  look(names: readonly string[], measured: readonly boolean[]): Promise<(SeenKey | null)[]>
}
