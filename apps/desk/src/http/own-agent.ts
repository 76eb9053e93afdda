import type { Immutable } from 'holdfast'
import { z } from 'zod'
import type { Agent } from '../domain/agent.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'

/** The id of an agent, in lower case as PostgreSQL writes it: one agent, one key. */
export const AgentId = z.string().toLowerCase().pipe(z.uuid('is no agent id'))

/** Parameters of the routes below one agent. */
export const AgentParams = z.object({ id: AgentId })

/** The agent with this id, if it is the user's. @throws DeskError UNKNOWN_AGENT, for somebody else's too */
export async function ownAgent(
  state: Pick<DeskState, 'agent'>,
  userId: string,
  agentId: string,
): Promise<Immutable<Agent>> {
  const agent = await state.agent.get({ agentId })
  // Somebody else's agent does not exist for whoever asks.
  if (!agent || agent.userId !== userId) throw unknownAgent(agentId)
  return agent
}

/** The user has no agent with this id. */
export function unknownAgent(agentId: string): DeskError {
  return new DeskError('UNKNOWN_AGENT', `You have no agent ${agentId}.`)
}
