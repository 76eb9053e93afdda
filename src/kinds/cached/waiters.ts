import type { Clock } from '../../core/clock.ts'

/** One wait for somebody else's load. */
export interface Wait {
  /**
   * Resolves when something happened to the key since the wait began, or since the last call resolved; or when the
   * time is over.
   */
  over(limitMs: number): Promise<void>
  /** Nobody waits any more. Call it in the end. */
  end(): void
}

/** A time span in which keys may have been woken. */
export interface Wakes {
  saw(key: string): boolean
  /** Call it in the end. */
  end(): void
}

interface Woken {
  readonly keys: Set<string>
  isAll: boolean
}

/** Those who wait for the loads of others: woken by what the store tells of the key, not by asking again and again. */
export class Waiters {
  readonly #clock: Clock
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #watches = new Set<Woken>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Remembers what is woken from now on. Begun before the answer is known that makes it necessary to wait, so that
   * nothing is missed, and in the place of a wait for every key: nearly none has one.
   */
  watch(): Wakes {
    const woken: Woken = { keys: new Set(), isAll: false }
    this.#watches.add(woken)
    return {
      saw: (key) => woken.isAll || woken.keys.has(key),
      end: () => void this.#watches.delete(woken),
    }
  }

  /** Begins to wait for `key`; `isWoken`: something has happened to it already. */
  begin(key: string, isWoken: boolean): Wait {
    let resolve: (() => void) | undefined
    const wake = (): void => {
      isWoken = true
      resolve?.()
    }
    const waiting = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiting.add(wake))
    return {
      over: async (limitMs) => {
        if (!isWoken) {
          const woken = new Promise<void>((settle) => (resolve = settle))
          const timer = this.#clock.after(limitMs, wake)
          await woken
          timer.cancel()
        }
        isWoken = false
      },
      end: () => {
        waiting.delete(wake)
        if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key)
      },
    }
  }

  /** Something happened to `key`. */
  wake(key: string): void {
    for (const { keys } of this.#watches) keys.add(key)
    if (this.#waiting.size === 0) return
    for (const wake of this.#waiting.get(key) ?? []) wake()
  }

  /** What happens may not be told any more. */
  wakeAll(): void {
    for (const watch of this.#watches) watch.isAll = true
    for (const waiting of this.#waiting.values()) for (const wake of waiting) wake()
  }
}
