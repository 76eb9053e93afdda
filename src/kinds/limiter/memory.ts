import type { Clock } from '../../core/clock.ts'
import type { LimiterStore } from './port.ts'

/** What is over is swept out once this many limits are known. */
const SWEEP_AT = 10_000

/** Limits in the memory of one process: the reference semantics. */
export function memoryLimits(clock: Clock): LimiterStore {
  /** By key: the theoretical arrival time. */
  const arrivals = new Map<string, number>()
  return {
    async take(key, limit, periodMs, cost) {
      const nowMs = clock.now()
      const intervalMs = periodMs / limit
      const arrivalMs = Math.max(arrivals.get(key) ?? 0, nowMs)
      const nextMs = arrivalMs + intervalMs * cost
      const allowed = nextMs - nowMs <= periodMs + 0.001
      if (allowed) {
        if (arrivals.size >= SWEEP_AT)
          for (const [other, atMs] of arrivals) if (atMs <= nowMs) arrivals.delete(other)
        arrivals.set(key, nextMs)
      }
      const untilMs = allowed ? nextMs : arrivalMs
      return {
        allowed,
        remaining: Math.max(0, Math.floor((nowMs + periodMs - untilMs) / intervalMs + 0.001)),
        retryAfterMs: allowed ? 0 : Math.ceil(nextMs - nowMs - periodMs),
        resetMs: Math.ceil(untilMs - nowMs),
      }
    },
  }
}
