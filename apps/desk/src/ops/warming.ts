import type { Scheduler } from 'holdfast'
import type { Logger } from 'pino'
import { activeAgents } from '../db/agents.ts'
import type { Database } from '../db/database.ts'
import { watchOutage } from './outage.ts'
import type { DeskState } from './state.ts'

/** What warming stands on. */
export interface WarmingParts {
  readonly db: Database
  readonly state: DeskState
  readonly log: Logger
}

/** Agents of one page: one statement for each thing of theirs. */
const AGENTS_AT_ONCE = 500

/**
 * Brings the agents that trade, and what they have, into the cache: a page at a time, before their turn comes. What is
 * there is left alone. How many agents there were.
 */
export async function warmAgents({ db, state }: WarmingParts, signal: AbortSignal): Promise<number> {
  let count = 0
  for (let after = ''; !signal.aborted;) {
    const page = await activeAgents(db, after, AGENTS_AT_ONCE)
    const last = page.at(-1)
    if (last === undefined) return count
    after = last
    count += page.length
    const ids = page.map((agentId) => ({ agentId }))
    // What cannot be read now is read when it is asked for: the rest is warmed all the same.
    const reads = [
      state.agent.warm(ids),
      state.balances.getMany(ids),
      state.openPositions.getMany(ids),
      state.portfolio.getMany(ids),
    ]
    const failed = (await Promise.allSettled(reads)).find((read) => read.status === 'rejected')
    if (failed) throw failed.reason
  }
  return count
}

/** Warms at every tick, and reads the list of what can be traded again at its own: in one of all processes. */
export function startWarming(parts: WarmingParts): readonly Scheduler[] {
  const { state, log } = parts
  const warming = watchOutage(log, 'warming the cache')
  const refreshing = watchOutage(log, 'reading the list of assets again')
  return [
    state.warmSchedule.start((_tick, { signal }) =>
      warmAgents(parts, signal).then(warming.worked, warming.failed),
    ),
    state.symbolSchedule.start(async () => {
      try {
        // The old list stays until the new one is there, and if there is none.
        await state.assets.expire({})
        await state.assets.get({})
        refreshing.worked()
      } catch (error) {
        refreshing.failed(error)
      }
    }),
  ]
}
