import { z } from 'zod'
import type { DeskState } from '../ops/state.ts'
import { changeConfig } from '../trading/agent-config.ts'
import { configOf } from '../trading/buy.ts'
import { TradingConfig } from '../trading/rules/config.ts'
import type { App } from './app.ts'
import { AgentParams, ownAgent } from './own-agent.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'

const tags = ['agents']
const ConfigView = TradingConfig.meta({ id: 'TradingConfig' })
/** Checked against the whole config once it is merged: a field is right or wrong beside the others. */
const Patch = z
  .record(z.string(), z.unknown())
  .describe('A JSON Merge Patch (RFC 7396) of a TradingConfig: null takes a field back to its default.')

/** How an agent trades, as its owner set it up. */
export function configRoutes(app: App, { state, tokens }: { state: DeskState; tokens: Tokens }): void {
  const guarded = { onRequest: tokens.guard } as const

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents/:id/config',
    schema: {
      tags,
      summary: 'How an agent trades',
      security: BEARER,
      params: AgentParams,
      response: { 200: ConfigView, ...problems(400, 401, 404, 503) },
    },
    async handler({ user, params: { id } }) {
      return configOf(await ownAgent(state, user.sub, id))
    },
  })

  app.route({
    ...guarded,
    method: 'PATCH',
    url: '/api/v1/agents/:id/config',
    schema: {
      tags,
      summary: 'Change how an agent trades',
      description: 'All of the change is made, or nothing. Fields that contradict each other are named.',
      security: BEARER,
      params: AgentParams,
      body: Patch,
      response: { 200: ConfigView, ...problems(400, 401, 404, 503) },
    },
    handler: ({ user, params: { id }, body }) => changeConfig(state, user.sub, id, body),
  })
}
