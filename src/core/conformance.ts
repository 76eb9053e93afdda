/**
 * One thing that every implementation of a port must do. A suite is a list of them; it belongs to the port, knows no
 * test runner, and is published in `holdfast/testing` for those who write a store of their own.
 */
export interface ConformanceCase<Harness> {
  /** What must be so, as a sentence. */
  readonly name: string
  /** Rejects with an AssertionError when it is not so. */
  readonly run: (harness: Harness) => Promise<void>
}
