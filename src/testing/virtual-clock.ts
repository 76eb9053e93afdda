import type { Clock } from '../core/clock.ts'

/** A clock that stands still until the test moves it. */
export interface VirtualClock extends Clock {
  /**
   * Moves time by `ms`, running every callback that falls due, in order of its time. After each one all promise
   * work that it caused is settled before the next runs.
   */
  advance(ms: number): Promise<void>
  /** Callbacks that wait. A test that expects everything cancelled checks for 0. */
  readonly pending: number
}

interface Waiting {
  readonly dueMs: number
  readonly order: number
  readonly callback: () => void
}

/** A virtual clock, at 0 ms monotonic and at `wallMs` on the calendar (2026-01-01 UTC unless told). */
export function virtualClock(wallMs: number = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = 0
  let order = 0
  const waiting = new Set<Waiting>()

  const firstDueBy = (limitMs: number): Waiting | undefined => {
    let first: Waiting | undefined
    for (const timer of waiting) {
      if (timer.dueMs > limitMs) continue
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)) {
        first = timer
      }
    }
    return first
  }

  return {
    now: () => nowMs,
    recent: () => nowMs,
    wall: () => wallMs + nowMs,
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), order: order++, callback }
      waiting.add(timer)
      return { cancel: () => void waiting.delete(timer) }
    },
    async advance(ms) {
      const endMs = nowMs + ms
      await settlePromises()
      for (let due = firstDueBy(endMs); due; due = firstDueBy(endMs)) {
        waiting.delete(due)
        nowMs = Math.max(nowMs, due.dueMs)
        due.callback()
        await settlePromises()
      }
      nowMs = endMs
      await settlePromises()
    },
    get pending() {
      return waiting.size
    },
  }
}

/** An immediate runs only after the queue of promise callbacks is empty, however long a chain they form. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
