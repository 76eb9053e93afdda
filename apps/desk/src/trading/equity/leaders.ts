import * as decimal from '../../domain/decimal.ts'
import type { DeskState } from '../../ops/state.ts'
import type { Worth } from '../portfolio/worth.ts'

/** How many places a leaderboard compares. */
const PLACES = 4
/** So many a call of the ranking takes. */
const AT_ONCE = 1_000
/** An agent that has multiplied its deposits by more than this stands at this. */
const MOST_PERCENT = decimal.parse('100000000')

/** What an agent is worth in one currency. */
export interface AgentWorth {
  readonly agentId: string
  readonly worth: Worth
}

/** Ranks agents by their profit in percent. Who has no deposits, or something without a price, is not ranked. */
export async function rankAgents(
  state: Pick<DeskState, 'leaders'>,
  agents: readonly AgentWorth[],
): Promise<void> {
  const byCurrency = new Map<string, { member: string; score: string }[]>()
  for (const { agentId, worth } of agents) {
    if (worth.profitPercent === null || worth.unpriced > 0) continue
    const percent = decimal.min(decimal.parse(worth.profitPercent), MOST_PERCENT)
    const score = decimal.format(decimal.round(percent, PLACES, 'half-even'))
    const others = byCurrency.get(worth.currency) ?? []
    byCurrency.set(worth.currency, [...others, { member: agentId, score }])
  }
  for (const [currency, scores] of byCurrency)
    for (let from = 0; from < scores.length; from += AT_ONCE)
      await state.leaders.setMany({ currency }, scores.slice(from, from + AT_ONCE))
}
