/**
 * The one place of the dashboard that knows the time and timers. The shape is that of the library's clock port,
 * which a browser bundle should not import for two functions.
 */

/** A pending callback. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void
}

/** Time as a parameter. All values are milliseconds. */
export interface Clock {
  /** Monotonic, from an arbitrary origin: for ages and deadlines. */
  now(): number
  /** Calendar time since 1970-01-01 UTC: for what people read. */
  wall(): number
  /** Runs `callback` once, `delayMs` from now. */
  after(delayMs: number, callback: () => void): Timer
}

/** The browser's clock. */
export const browserClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callback) {
    const timeout = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(timeout) }
  },
}

/** Calls `tick` every `periodMs` until cancelled. */
export function every(clock: Clock, periodMs: number, tick: () => void): Timer {
  let timer = clock.after(periodMs, run)
  function run(): void {
    timer = clock.after(periodMs, run)
    tick()
  }
  return { cancel: () => timer.cancel() }
}
