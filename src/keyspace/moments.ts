/** When something last happened in a keyspace of this process, on its monotonic clock. */
export interface Moments {
  /** A load stored a value. */
  refreshedMs: number | undefined
  /** A load failed. */
  failedMs: number | undefined
}
