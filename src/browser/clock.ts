/** Time as a parameter, as a browser has it. All values are milliseconds. */
export interface ClientClock {
  /** Monotonic, from an arbitrary origin. */
  now(): number
  /** Calendar time since 1970-01-01 UTC: for what people read. */
  wall(): number
  /** Runs `callback` once, `delayMs` from now. */
  after(delayMs: number, callback: () => void): ClientTimer
}

/** A pending callback. Cancelling twice, or after it ran, does nothing. */
export interface ClientTimer {
  cancel(): void
}

/** The clock of this browser, or of Node. */
export const browserClock: ClientClock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callback) {
    const timeout = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(timeout) }
  },
}
