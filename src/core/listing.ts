/** What one part of the memory store holds, for those who look at all of it. */
export interface Listing {
  /** May be gone, or not yet listed, when others change it meanwhile. */
  keys(): Iterable<string>
  look(key: string): Listed | undefined
}

/** What is under one key. */
export interface Listed {
  readonly raw: string | Uint8Array
  /** How long it is kept; null: for good. */
  readonly leftMs: number | null
}
