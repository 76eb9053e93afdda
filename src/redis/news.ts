import type { Clock } from '../core/clock.ts'

/** Lets callers wait for what somebody else brings about, without asking again and again. */
export class News {
  readonly #waiting = new Set<() => void>()

  /** Something changed: those who wait look whether it is what they wait for. */
  announce(): void {
    for (const look of this.#waiting) look()
  }

  /** Resolves with true once `condition` holds, with false when it does not within `limitMs`. */
  until(clock: Clock, limitMs: number, condition: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isSo: boolean): void => {
        this.#waiting.delete(look)
        timer.cancel()
        resolve(isSo)
      }
      const look = (): void => {
        if (condition()) settle(true)
      }
      const timer = clock.after(limitMs, () => settle(condition()))
      this.#waiting.add(look)
      look()
    })
  }
}
