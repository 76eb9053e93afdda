import type { Clock } from '../core/clock.ts'
import type { Fences } from '../fence/port.ts'

/** Writes fail for this long before the gate is closed for everybody, so that they go on without the store. */
const PATIENCE_MS = 2_000

/** A key that no pattern makes, and a token that no transaction has. */
const PROBE_KEY = '~probe'
const PROBE_TOKEN = '0:probe'

/** Remembers that a writer of this process could not fence, and finds out whether it is so still. */
export class WritersBlocked {
  readonly #clock: Clock
  #sinceMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A writer could not fence. */
  failed(): void {
    this.#sinceMs ??= this.#clock.now()
  }

  /** Another epoch, another store perhaps. */
  cleared(): void {
    this.#sinceMs = undefined
  }

  /** Whether writers fail for too long. A probe says so, not the last writer, who may have been unlucky. */
  async isLasting(fences: Fences): Promise<boolean> {
    if (this.#sinceMs === undefined || this.#clock.now() - this.#sinceMs < PATIENCE_MS) return false
    try {
      await fences.fence([PROBE_KEY], PROBE_TOKEN)
      await fences.settle([PROBE_KEY], PROBE_TOKEN)
      this.#sinceMs = undefined
      return false
    } catch {
      return true
    }
  }
}
