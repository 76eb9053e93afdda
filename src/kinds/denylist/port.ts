/** The fast path of a denylist: what the truth knows, for as long as the store keeps it. */
export interface DenylistStore {
  /** Notes that what has this key is denied, for `keepMs`. May reject as any store call does. */
  deny(key: string, keepMs: number): Promise<void>
  /** Whether that was noted. May reject as any store call does. */
  isDenied(key: string): Promise<boolean>
}
