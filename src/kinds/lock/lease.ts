/** The lock, as the work that runs under it sees it. */
export interface Lease {
  /**
   * The fencing token: greater than that of every earlier grant of this lock, and below 2^63. What a paused holder
   * writes too late is refused by rows that keep the greatest token they have seen: see `fencing`.
   */
  readonly token: bigint
  /** Aborts with LeaseLostError when the lock can no longer be trusted. Stop the work then. */
  readonly signal: AbortSignal
  /** For a look right before an effect: a signal may be late in a busy process. @throws LeaseLostError */
  assertHeld(): void
}
