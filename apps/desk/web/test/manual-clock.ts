import type { Clock } from '../src/clock.ts'

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Runs what is due within the next `ms`, in order. */
  readonly advance: (ms: number) => void
}

/** Starts at 0 monotonic, and at `wallStart` on the calendar. */
export function manualClock(wallStart = Date.UTC(2026, 0, 2, 3, 4, 5)): ManualClock {
  let nowMs = 0
  let timers: { readonly dueMs: number; readonly run: () => void }[] = []
  return {
    now: () => nowMs,
    wall: () => wallStart + nowMs,
    after(delayMs, run) {
      const timer = { dueMs: nowMs + delayMs, run }
      timers.push(timer)
      return {
        cancel() {
          timers = timers.filter((other) => other !== timer)
        },
      }
    },
    advance(ms) {
      const untilMs = nowMs + ms
      for (;;) {
        const next = timers.filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0]
        if (!next) break
        timers = timers.filter((timer) => timer !== next)
        nowMs = next.dueMs
        next.run()
      }
      nowMs = untilMs
    },
  }
}
