/** Where locks live. Every method may reject as any store call does. */
export interface LockStore {
  /**
   * Takes the lock under `key` for `leaseMs`, if nobody holds it. The grant's fencing token, or null. Tokens of a key
   * grow with every grant, also when the store has forgotten the earlier ones: they begin at its clock, in
   * microseconds. Only a store that lost its data and whose clock was set back could grant a smaller one.
   */
  acquire(key: string, owner: string, leaseMs: number): Promise<number | null>
  /** Gives the lock back, if `owner` still holds it. False when it was already gone. */
  release(key: string, owner: string): Promise<boolean>
}
