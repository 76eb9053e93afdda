import { z } from 'zod'
import { changeAgent, createAgent } from '../db/agents.ts'
import type { Database } from '../db/database.ts'
import { Agent } from '../domain/agent.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { AgentParams, ownAgent, unknownAgent } from './own-agent.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'

const AgentView = Agent.omit({ userId: true, config: true }).meta({ id: 'Agent' })
/** PostgreSQL cannot store a NUL, and nobody means one. */
const Text = z
  .string()
  .trim()
  .refine((text) => !text.includes('\0'), 'must not contain NUL characters')
const Name = Text.min(1, 'must not be empty').max(60, 'must have at most 60 characters')
const Strategy = Text.max(500, 'must have at most 500 characters')
const NewAgent = z.strictObject({ name: Name, strategy: Strategy.optional() })
const Change = z.strictObject({
  name: Name.optional(),
  status: Agent.shape.status.optional(),
  strategy: Strategy.optional(),
})
const tags = ['agents']

/** What the routes of agents stand on. */
export interface AgentParts {
  readonly db: Database
  readonly state: DeskState
  readonly tokens: Tokens
}

/** A user's own agents. */
export function agentRoutes(app: App, { db, state, tokens }: AgentParts): void {
  const guarded = { onRequest: tokens.guard } as const

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents',
    schema: {
      tags,
      summary: 'My agents',
      security: BEARER,
      response: { 200: z.object({ agents: z.array(AgentView) }), ...problems(401, 503) },
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
    schema: {
      tags,
      summary: 'One of my agents',
      security: BEARER,
      params: AgentParams,
      response: { 200: AgentView, ...problems(400, 401, 404, 503) },
    },
    async handler({ user, params: { id } }) {
      return ownAgent(state, user.sub, id)
    },
  })

  app.route({
    ...guarded,
    method: 'POST',
    url: '/api/v1/agents',
    schema: {
      tags,
      summary: 'Make an agent',
      description: 'It trades on paper and is paused until you activate it.',
      security: BEARER,
      body: NewAgent,
      response: { 201: AgentView, ...problems(400, 401, 409, 503) },
    },
    async handler({ user, body }, reply) {
      const agent = await changed(
        () => createAgent(db, user.sub, body),
        async () => {
          await state.agentIds.delete({ userId: user.sub })
          await state.account.delete({ userId: user.sub })
        },
      )
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
      security: BEARER,
      params: AgentParams,
      body: Change,
      response: { 200: AgentView, ...problems(400, 401, 404, 503) },
    },
    async handler({ user, params: { id }, body }) {
      const agent = await changed(
        () => changeAgent(db, user.sub, id, body),
        // The account last: who hears of a change of it reads the agent again.
        async () => {
          await state.agent.delete({ agentId: id })
          await state.account.delete({ userId: user.sub })
        },
      )
      if (!agent) throw unknownAgent(id)
      return agent
    },
  })
}

/**
 * Makes a change and invalidates what was cached of it. Once before, too: when the store is down nothing is changed,
 * rather than changed in the truth and still to be read in its old form elsewhere.
 */
async function changed<Result>(
  change: () => Promise<Result>,
  invalidate: () => Promise<unknown>,
): Promise<Result> {
  await invalidate()
  const result = await change()
  await invalidate()
  return result
}
