/**
 * The clock port: the one place that knows the time and timers.
 *
 * `now` is monotonic and drives every deadline, lease and age. `wall` is for records that people read;
 * nothing that must be correct depends on it. A test passes a virtual clock (`holdfast/testing`).
 */

/** A pending callback. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void
}

/** Time as a parameter. All values are milliseconds. */
export interface Clock {
  /** Monotonic, fractional, from an arbitrary origin. Never goes back. */
  now(): number
  /**
   * `now()` as it was up to a millisecond ago, or when the work began that keeps the event loop busy: at a fraction
   * of the cost. Good for what may be off by that, such as whether a value is still fresh; never for a bound.
   */
  recent(): number
  /** The host's calendar time since 1970-01-01 UTC. May jump. */
  wall(): number
  /** Runs `callback` once, `delayMs` from now. It never keeps the process alive. */
  after(delayMs: number, callback: () => void): Timer
}

/** The host counts in 32 bits, and fires at once when it is asked for more: 24.8 days. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

let recentMs: number | undefined
let forgetRecent: NodeJS.Timeout | undefined

/** Asking the host for the time costs as much as all the rest of a read from memory. */
function recent(): number {
  if (recentMs !== undefined) return recentMs
  recentMs = performance.now()
  forgetRecent = forgetRecent?.refresh() ?? setTimeout(() => (recentMs = undefined), 1).unref()
  return recentMs
}

/** The clock of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  recent,
  wall: () => Date.now(),
  after(delayMs, callback) {
    let timeout: NodeJS.Timeout
    const wait = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, LONGEST_TIMEOUT_MS)
      timeout = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : callback()), stepMs)
      timeout.unref()
    }
    wait(delayMs)
    return { cancel: () => clearTimeout(timeout) }
  },
}

/** Calls `tick` again and again, `periodMs` after the last call *ended*. Stop it with `cancel`. */
export function every(clock: Clock, periodMs: number, tick: () => void | Promise<void>): Timer {
  let stopped = false
  let timer: Timer
  const schedule = (): void => {
    if (!stopped) timer = clock.after(periodMs, run)
  }
  const run = (): void => {
    // A tick reports its own failures; the rhythm goes on whatever it does.
    Promise.resolve().then(tick).then(schedule, schedule)
  }
  schedule()
  return {
    cancel() {
      stopped = true
      timer.cancel()
    },
  }
}

/** Resolves after `delayMs`, or rejects with the signal's reason as soon as `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
