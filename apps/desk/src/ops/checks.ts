import type { OpenDatabase } from '../db/database.ts'
import type { Check } from '../http/health.ts'
import type { Board } from '../market/board.ts'
import type { PriceSource } from '../market/price-source.ts'
import type { DeskState } from './state.ts'

const LONGEST_SILENCE_MS = 30_000

/** What must work for any process of the desk to be ready. */
export function groundChecks(database: Pick<OpenDatabase, 'ping'>, state: Pick<DeskState, 'ping'>): Check[] {
  return [
    {
      name: 'database',
      async probe() {
        await answered('PostgreSQL', database.ping())
        return 'PostgreSQL answers'
      },
    },
    {
      name: 'store',
      probe: async () => `${await answered('the store', state.ping())} answers`,
    },
  ]
}

/** What must work for the API to be ready. */
export function readinessChecks(
  database: Pick<OpenDatabase, 'ping'>,
  state: Pick<DeskState, 'ping'>,
  board: Pick<Board, 'silenceMs'>,
  source: Pick<PriceSource, 'name' | 'progress'>,
): Check[] {
  return [
    ...groundChecks(database, state),
    {
      name: 'prices',
      async probe() {
        const progress = source.progress()
        if ('done' in progress && progress.done === true) return 'the replay is over'
        const silenceMs = board.silenceMs()
        if (silenceMs === null) throw new Error('no tick yet')
        // A recorded market may be quiet for hours of its own time.
        if (source.name === 'replay') return 'replaying'
        if (silenceMs > LONGEST_SILENCE_MS) throw new Error('no tick for 30 s: the feed is silent')
        return `last tick ${Math.round(silenceMs)} ms ago`
      },
    },
  ]
}

/** How far a worker is. */
export type WorkPhase = 'starting' | 'working' | 'stopping'

/** What must be so for a worker to be ready. It begins when the orders that were left open have been looked after. */
export function workCheck(phase: () => WorkPhase): Check {
  return {
    name: 'work',
    async probe() {
      const now = phase()
      if (now === 'working') return 'jobs are taken'
      throw new Error(now === 'starting' ? 'no job is taken yet' : 'no job is taken any more: it stops')
    },
  }
}

/** Anybody may read what a check says: where a server is, and as whom we sign in there, is for the log alone. */
async function answered<Result>(what: string, ping: Promise<Result>): Promise<Result> {
  try {
    return await ping
  } catch (error) {
    throw new Error(`${what} does not answer`, { cause: error })
  }
}
