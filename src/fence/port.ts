import type { EncodedValue } from '../entry/values.ts'

/** What became of a writer's fence on one key. */
export type Settled =
  /** The value is in the cache. */
  | 'applied'
  /** The fence is gone; the next reader loads. */
  | 'released'
  /** There was no such fence any more: a reader took it down after the commit, or the store lost it. */
  | 'gone'

/** A value, and how long it may be kept, to keep memory clean. */
export interface KeptValue {
  readonly value: EncodedValue
  readonly keepMs: number
}

/** Where the entries of one epoch are: under names of their own, on one run of one server. */
export interface FencePlace {
  /** Part of every name. What another epoch stored is out of reach. */
  readonly nonce: string
  /** The only run of a server that counts. */
  readonly run: string
}

/**
 * The entries of strong keyspaces in one place, in terms of the fence protocol (see `entry.ts`). Each operation is
 * atomic for each key. Keys come without nonce and namespace.
 *
 * Every method may reject with StoreUnavailableError, StoreTimeoutError or StoreRefusedError; and does, unsent, when
 * the server behind the store is another run than that of the place, or unfit.
 */
export interface Fences {
  readonly place: FencePlace

  /**
   * The raw entry under `key`, as text: a payload that is none comes out damaged. Sent after the call, never shared
   * with a read that is under way.
   */
  read(key: string): Promise<string | null>

  /** The raw entries under `keys`, in their order, at one moment. */
  readMany(keys: readonly string[]): Promise<(string | null)[]>

  /** As `read`, for keyspaces whose payloads may be no text. */
  readBytes(key: string): Promise<Uint8Array | null>

  /** As `readMany`, for keyspaces whose payloads may be no text. */
  readManyBytes(keys: readonly string[]): Promise<(Uint8Array | null)[]>

  /** Marks absent keys as being loaded, for at most `leaseMs`. Whether each is this lease's now. */
  lease(keys: readonly string[], lease: string, leaseMs: number): Promise<boolean[]>

  /** Stores a loaded value if the key still holds this lease; kept for `keepMs`. */
  fill(key: string, lease: string, value: EncodedValue, keepMs: number): Promise<boolean>

  /**
   * Puts the fence `token` on every key: drops a value or a lease, joins other fences. Resolves only when all of them
   * stand; else some may.
   */
  fence(keys: readonly string[], token: string): Promise<void>

  /**
   * Takes the fence `token` down on every key, after its transaction has ended. Where it has a value (committed), that
   * is stored if this was the only fence since the key was free of them. What became of each.
   */
  settle(keys: readonly string[], token: string, values?: ReadonlyMap<string, KeptValue>): Promise<Settled[]>

  /** Leaves a mark without a ttl, which goes only when fences go too. */
  mark(): Promise<void>

  /** Takes it away: the place is given up. */
  unmark(): Promise<void>

  /** Whether the mark is still there. */
  isMarked(): Promise<boolean>
}

/** The server behind the present connection, as it was when it was last looked at. */
export interface FenceServer {
  /** Another one after each restart. */
  readonly run: string
  /** Names the history of its data: another one once it was somebody's replica. */
  readonly lineage: string
  /** Why fences cannot be kept there; undefined when they can. */
  readonly problem: string | undefined
  /** Another one for each connection: what was found out about one says nothing of the next. */
  readonly connection: unknown
  /** When that came up, on the store's monotonic clock. */
  readonly connectedMs: number
}

/** What a store tells by itself. `flushed`: it has dropped, or is about to replace, all that it held. */
export type FenceEvent = 'connected' | 'flushed'

/** Where the entries of strong keyspaces live. Memory and Redis implement it; one conformance suite holds them to it. */
export interface FenceStore {
  /** `process`: nobody outside of this process sees what is stored. */
  readonly reach: 'process' | 'shared'

  /** Tells applications that share a server, and a database, from each other. */
  readonly namespace: string

  /** The entries of one place. */
  within(place: FencePlace): Fences

  /** The server as it is known. @throws StoreUnavailableError when it is not */
  server(): FenceServer

  /** Looks at the server now. @throws StoreUnavailableError, StoreTimeoutError */
  vet(): Promise<FenceServer>

  /** Calls `listener` with what happens, until the function that it returns is called. */
  watch(listener: (event: FenceEvent) => void): () => void
}
