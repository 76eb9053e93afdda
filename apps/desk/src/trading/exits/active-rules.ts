import type { Immutable } from 'holdfast'
import type { Logger } from 'pino'
import type { Position } from '../../domain/position.ts'
import type { DeskState } from '../../ops/state.ts'
import { TradingConfig } from '../rules/config.ts'
import { contradictions } from '../rules/contradictions.ts'
import { prepareRules, type Rules } from '../rules/watched.ts'

/** Reads the rules of those agents of `positions` that may trade, by agent. */
export type ActiveRules = (
  positions: readonly Immutable<Pick<Position, 'agentId'>>[],
) => Promise<ReadonlyMap<string, Rules>>

/**
 * Rules of agents that are known, active, and have a config that can be read. Whoever is not in the answer does not
 * trade: a flag that is missing means no.
 */
export function activeRules(state: Pick<DeskState, 'agent'>, log: Logger): ActiveRules {
  // A config in memory is one object until it changes: it is read and made ready once.
  const ready = new WeakMap<object, Rules | null>()

  const rulesOf = (agentId: string, config: object): Rules | null => {
    const known = ready.get(config)
    if (known !== undefined) return known
    const parsed = TradingConfig.safeParse(config)
    const problem = parsed.success ? contradictions(parsed.data)[0] : parsed.error
    if (problem) log.error({ agentId, problem }, 'an agent cannot trade: its config cannot be used')
    const rules = parsed.success && !problem ? prepareRules(parsed.data) : null
    ready.set(config, rules)
    return rules
  }

  return async (positions) => {
    const ids = new Set(positions.map(({ agentId }) => agentId))
    const agents = await state.agent.getMany([...ids].map((agentId) => ({ agentId })))
    const active = new Map<string, Rules>()
    for (const agent of agents) {
      const rules = agent?.status === 'active' ? rulesOf(agent.id, agent.config) : null
      if (agent && rules) active.set(agent.id, rules)
    }
    return active
  }
}
