import type { Clock } from '../../core/clock.ts'
import type { LimiterStore } from './port.ts'

/** What is over is swept out once this many limits are known, and again when those that were left have doubled. */
const FIRST_SWEEP_AT = 10_000

/** Limits in the memory of one process: the reference semantics. */
export function memoryLimits(clock: Clock): LimiterStore {
  /** By key: the theoretical arrival time. */
  const arrivals = new Map<string, number>()
  let sweepAt = FIRST_SWEEP_AT
  const sweep = (nowMs: number): void => {
    for (const [other, atMs] of arrivals) if (atMs <= nowMs) arrivals.delete(other)
    sweepAt = Math.max(FIRST_SWEEP_AT, arrivals.size * 2)
  }
  return {
    async take(key, limit, periodMs, cost) {
      const nowMs = clock.now()
      const intervalMs = periodMs / limit
      const known = arrivals.get(key) ?? 0
      // What was taken under a higher rate must not deny for longer than a period of this one.
      const arrivalMs = Math.min(Math.max(known, nowMs), nowMs + periodMs)
      const nextMs = arrivalMs + intervalMs * cost
      // What roundings may add up to must not cost the last unit.
      const allowed = nextMs - nowMs <= periodMs + Math.min(intervalMs / 100, 0.1)
      const untilMs = allowed ? nextMs : arrivalMs
      if (untilMs !== known && untilMs > nowMs) {
        if (arrivals.size >= sweepAt) sweep(nowMs)
        arrivals.set(key, untilMs)
      }
      return {
        allowed,
        remaining: Math.max(0, Math.floor((nowMs + periodMs - untilMs) / intervalMs + 0.01)),
        retryAfterMs: allowed ? 0 : Math.ceil(nextMs - nowMs - periodMs),
        resetMs: Math.ceil(untilMs - nowMs),
      }
    },
  }
}
