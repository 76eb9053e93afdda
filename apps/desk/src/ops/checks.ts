import type { OpenDatabase } from '../db/database.ts'
import type { Check } from '../http/health.ts'
import type { Board } from '../market/board.ts'
import type { PriceSource } from '../market/price-source.ts'
import type { DeskState } from './state.ts'

const LONGEST_SILENCE_MS = 30_000

/** What must work for the desk to be ready. */
export function readinessChecks(
  database: OpenDatabase,
  state: DeskState,
  board: Board,
  source: PriceSource,
): Check[] {
  return [
    {
      name: 'database',
      async probe() {
        await database.ping()
        return 'PostgreSQL answers'
      },
    },
    { name: 'store', probe: async () => `${await state.ping()} answers` },
    {
      name: 'prices',
      async probe() {
        const progress = source.progress()
        if ('done' in progress && progress.done === true) return 'the replay is over'
        const silenceMs = board.silenceMs()
        // A recorded market may be quiet for hours of its own time.
        if (source.name === 'replay') return 'replaying'
        if (silenceMs === null || silenceMs > LONGEST_SILENCE_MS)
          throw new Error('no tick for 30 s: the feed is silent')
        return `last tick ${Math.round(silenceMs)} ms ago`
      },
    },
  ]
}
