import { z } from 'zod'
import { changeAgent, createAgent } from '../db/agents.ts'
import type { Database } from '../db/database.ts'
import { Agent } from '../domain/agent.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { authenticate } from './auth.ts'
import { Problem } from './problem.ts'

const AgentView = Agent.omit({ userId: true }).meta({ id: 'Agent' })
const Name = z.string().trim().min(1, 'must not be empty').max(60)
const Strategy = z.string().trim().max(500)
const Id = z.object({ id: z.uuid('is no agent id') })
const guarded = { onRequest: authenticate } as const
const tags = ['agents']

/** A user's own agents. */
export function agentRoutes(app: App, { db, state }: { db: Database; state: DeskState }): void {
  const own = async (userId: string, agentId: string): Promise<Agent> => {
    const agent = await state.agent.get({ agentId })
    // Somebody else's agent does not exist for whoever asks.
    if (!agent || agent.userId !== userId) throw unknownAgent(agentId)
    return agent
  }

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents',
    schema: {
      tags,
      summary: 'My agents',
      response: { 200: z.object({ agents: z.array(AgentView) }), 401: Problem },
    },
    async handler({ user }) {
      const ids = (await state.agentIds.get({ userId: user.sub })) ?? []
      const agents = await state.agent.getMany(ids.map((agentId) => ({ agentId })))
      return { agents: agents.filter((agent) => agent !== null) }
    },
  })

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents/:id',
    schema: { tags, summary: 'One of my agents', params: Id, response: { 200: AgentView, 404: Problem } },
    handler: ({ user, params }) => own(user.sub, params.id),
  })

  app.route({
    ...guarded,
    method: 'POST',
    url: '/api/v1/agents',
    schema: {
      tags,
      summary: 'Make an agent',
      description: 'It trades on paper and is paused until you activate it.',
      body: z.object({ name: Name, strategy: Strategy.optional() }),
      response: { 201: AgentView, 401: Problem },
    },
    async handler({ user, body }, reply) {
      const agent = await createAgent(db, user.sub, body)
      await state.agentIds.delete({ userId: user.sub })
      return reply.code(201).send(agent)
    },
  })

  app.route({
    ...guarded,
    method: 'PATCH',
    url: '/api/v1/agents/:id',
    schema: {
      tags,
      summary: 'Rename, pause or activate an agent',
      params: Id,
      body: z.object({
        name: Name.optional(),
        status: Agent.shape.status.optional(),
        strategy: Strategy.optional(),
      }),
      response: { 200: AgentView, 404: Problem },
    },
    async handler({ user, params, body }) {
      const agent = await changeAgent(db, user.sub, params.id, body)
      if (!agent) throw unknownAgent(params.id)
      await state.agent.delete({ agentId: params.id })
      return agent
    },
  })
}

function unknownAgent(id: string): DeskError {
  return new DeskError('UNKNOWN_AGENT', `You have no agent ${id}.`)
}
