import type { Clock } from '../../core/clock.ts'
import type { ScheduleStore } from './port.ts'

/** Schedules in the memory of one process, by its calendar: the reference semantics. */
export function memorySchedules(clock: Clock): ScheduleStore {
  const rows = new Map<string, { lastMs: number; isPaused: boolean }>()
  const rowOf = (key: string): { lastMs: number; isPaused: boolean } => {
    const known = rows.get(key) ?? { lastMs: clock.wall(), isPaused: false }
    rows.set(key, known)
    return known
  }
  return {
    start: async () => undefined,
    look: async (key) => ({ ...rowOf(key), nowMs: clock.wall() }),
    async move(key, fromMs, toMs) {
      const row = rowOf(key)
      if (row.isPaused || row.lastMs !== fromMs) return false
      row.lastMs = toMs
      return true
    },
    async setPaused(key, isPaused) {
      const row = rowOf(key)
      if (row.isPaused && !isPaused) row.lastMs = Math.max(row.lastMs, clock.wall())
      row.isPaused = isPaused
    },
  }
}
