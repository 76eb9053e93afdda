import type { Clock } from '../../core/clock.ts'

/** Who of this process waits for which lock, in the order of arrival. */
export class Line {
  readonly #waiting = new Map<string, Set<Place>>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The lock under `key` was handed over: its first one looks whether to itself. */
  wake(key: string): void {
    for (const place of this.#waiting.get(key) ?? []) return place.wake()
  }

  /** Gets in line. To be left. */
  join(key: string): Place {
    const line = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, line)
    const place = new Place(this.#clock, () => {
      line.delete(place)
      if (line.size === 0 && this.#waiting.get(key) === line) this.#waiting.delete(key)
    })
    line.add(place)
    return place
  }
}

/** One who waits. */
export class Place {
  readonly #clock: Clock
  readonly leave: () => void
  #isWoken = false
  #wake: (() => void) | undefined

  constructor(clock: Clock, leave: () => void) {
    this.#clock = clock
    this.leave = leave
  }

  wake(): void {
    this.#isWoken = true
    this.#wake?.()
  }

  /** Resolves when it was woken since the last time, or after `limitMs`. */
  async woken(limitMs: number): Promise<void> {
    if (!this.#isWoken)
      await new Promise<void>((resolve) => {
        const timer = this.#clock.after(limitMs, resolve)
        this.#wake = () => {
          timer.cancel()
          resolve()
        }
      })
    this.#isWoken = false
    this.#wake = undefined
  }
}
