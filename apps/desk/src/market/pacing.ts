import { type Clock, sleep } from 'holdfast'

// Timers of the host count in 32 bits and fire at once when asked for more than 24.8 days, which a gap in recorded
// data can be. Sleeping again and again is also what makes a timer that fires a little early harmless.
const LONGEST_SLEEP_MS = 3_600_000

/**
 * Waits until `clock.now()` has reached `dueMs`: never less. Resolves with true then, and with false as soon as
 * `signal` aborts.
 */
export async function waitUntil(clock: Clock, dueMs: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const remainingMs = dueMs - clock.now()
    if (remainingMs <= 0) return true
    try {
      await sleep(clock, Math.min(Math.ceil(remainingMs), LONGEST_SLEEP_MS), signal)
    } catch {
      // `sleep` rejects for one reason only: the signal.
      return false
    }
  }
  return false
}
