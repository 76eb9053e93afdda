import type { Work } from '../../measure.ts'

/** What is cached in the rows that compare throughput. */
export interface Entry {
  readonly key: string
  readonly value: unknown
}

/** A cache that keeps its values in the memory of the process, filled and warm. */
export interface MemoryCache {
  /** Reads one entry after the other, without a promise. */
  readonly peek?: Work
  /** Reads and awaits one entry after the other. */
  readonly get: Work
  /** Reads a hundred entries with one call, again and again. */
  readonly getMany?: Work
  close?(): unknown
}

/** A cache that keeps its values in Redis alone, filled. */
export interface RedisCache {
  get(key: string): Promise<unknown>
  getMany?(keys: readonly string[]): Promise<unknown>
  close(): unknown
}

/**
 * A rival in the configuration that its documentation recommends for the case. Loops are written out in each adapter:
 * one that all share would keep the compiler from inlining any of them.
 */
export interface Rival {
  readonly name: string
  readonly memory?: { readonly configuration: string; open(entries: readonly Entry[]): Promise<MemoryCache> }
  readonly redis?: {
    readonly configuration: string
    open(url: string, entries: readonly Entry[]): Promise<RedisCache>
  }
}

/** How long entries live in every rival: nothing expires during a row. */
export const TTL_MS = 3_600_000
