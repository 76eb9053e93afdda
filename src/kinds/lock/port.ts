/** Where locks live. Every method may reject as any store call does. */
export interface LockStore {
  /** Takes the lock under `key` for `leaseMs`, if nobody holds it. */
  acquire(key: string, owner: string, leaseMs: number): Promise<boolean>
  /** Gives the lock back, if `owner` still holds it. False when it was already gone. */
  release(key: string, owner: string): Promise<boolean>
}
