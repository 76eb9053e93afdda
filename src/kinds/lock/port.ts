/** What `acquire` says: the lock is yours, or how long somebody else has it for at most. */
export type Acquired =
  | {
      /**
       * Grows with every grant of the key, also when the store has forgotten the earlier ones: it begins at its clock,
       * in milliseconds since 2023. Only a store that lost its data and whose clock was set back could grant a smaller
       * one. Below 2^41.
       */
      readonly count: number
    }
  | { readonly heldForMs: number }

/** Where locks live. Every method may reject as any store call does. */
export interface LockStore {
  /**
   * Takes the lock under `key` for `leaseMs`, if nobody holds it or it is kept for `owner`. With `waits`, an owner
   * that does not get it gets in line, or keeps its place: it must ask again within `WAITER_ALIVE_MS`, or is forgotten.
   */
  acquire(key: string, owner: string, leaseMs: number, waits: boolean): Promise<Acquired>
  /** Lets the lease last `leaseMs` from now, if `owner` still holds the lock. Whether it does. */
  extend(key: string, owner: string, leaseMs: number): Promise<boolean>
  /**
   * Gives the lock back, if `owner` still holds it: false when it was already gone. It is kept for `HANDOVER_MS` for
   * whoever waits longest, and those who watch are told. An owner that only waits leaves the line.
   */
  release(key: string, owner: string): Promise<boolean>
  /**
   * Calls `listener` with the keys of locks that were handed over, until the function that it returns is called. A hint:
   * some may be missed while a connection is down.
   */
  watch(listener: (key: string) => void): () => void
}

/** How long one who waits is in line without asking again. */
export const WAITER_ALIVE_MS = 3_000

/** How long a lock that was given back is kept for who is next in line. */
export const HANDOVER_MS = 1_500

/** More than this are not in line, but may ask again. */
export const MOST_WAITING = 1_000

/** Since when grants are counted: 2023-01-01 UTC. */
export const COUNT_ORIGIN_MS: number = Date.UTC(2023, 0, 1)
