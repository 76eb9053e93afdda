import type { EncodedValue } from '../entry/values.ts'

/** What became of a writer's fence on one key. */
export type Settled =
  /** The value is in the cache. */
  | 'applied'
  /** The fence is gone; the next reader loads. */
  | 'released'
  /** There was no such fence any more: a reader took it down after the commit, or the store lost it. */
  | 'gone'

/**
 * Where the entries of strong keyspaces live, in terms of the fence protocol (see `entry.ts`). Memory and Redis
 * implement it; one conformance suite holds them to it. Each operation is atomic for each key. Keys come without
 * the store's namespace.
 *
 * Every method may reject with StoreUnavailableError, StoreTimeoutError or StoreRefusedError.
 */
export interface FenceStore {
  /** The raw entry under `key`. Sent after the call, never shared with a read that is under way. */
  read(key: string): Promise<string | null>

  /** The raw entries under `keys`, in their order, at one moment. */
  readMany(keys: readonly string[]): Promise<(string | null)[]>

  /** Marks absent keys as being loaded, for at most `leaseMs`. Whether each is this lease's now. */
  lease(keys: readonly string[], lease: string, leaseMs: number): Promise<boolean[]>

  /** Stores a loaded value if the key still holds this lease; kept for `keepMs`. */
  fill(key: string, lease: string, value: EncodedValue, keepMs: number): Promise<boolean>

  /**
   * Puts the fence `token` on every key: drops a value or a lease, joins other fences. Resolves only when all of them
   * stand, in one and the same run of the store, with the name of that run; else some may.
   */
  fence(keys: readonly string[], token: string): Promise<string>

  /**
   * Takes the fence `token` down after its transaction has ended. With a value (committed): stores it if this was
   * the only fence since the key was free of them; kept for `keepMs`.
   */
  settle(key: string, token: string, value?: EncodedValue, keepMs?: number): Promise<Settled>

  /**
   * Names the present run of the store. What was fenced in another run is fenced no more.
   *
   * @throws StoreUnavailableError while there is none
   */
  run(): string
}
