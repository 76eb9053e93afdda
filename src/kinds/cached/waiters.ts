import type { Clock } from '../../core/clock.ts'

/** One wait for somebody else's load. */
export interface Wait {
  /** Resolves when something happened to the key, or the time is over. */
  over(limitMs: number): Promise<void>
  /** Nobody waits any more. Call it in the end. */
  end(): void
}

/** Those who wait for the loads of others: woken by what the store tells of the key, not by asking again and again. */
export class Waiters {
  readonly #clock: Clock
  readonly #waiting = new Map<string, Set<() => void>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Begins before the answer is known that makes it necessary: nothing that is told after this call is missed. */
  begin(key: string): Wait {
    let wake = (): void => undefined
    const woken = new Promise<void>((resolve) => (wake = resolve))
    const waiting = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiting.add(wake))
    return {
      over: async (limitMs) => {
        const timer = this.#clock.after(limitMs, wake)
        await woken
        timer.cancel()
      },
      end: () => {
        waiting.delete(wake)
        if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key)
      },
    }
  }

  /** Something happened to `key`. */
  wake(key: string): void {
    for (const wake of this.#waiting.get(key) ?? []) wake()
  }

  /** What happens may not be told any more. */
  wakeAll(): void {
    for (const waiting of this.#waiting.values()) for (const wake of waiting) wake()
  }
}
