import { z } from 'zod'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'

const MOST = 'must be a whole number from 1 to 100'
const Leader = z.object({
  rank: z.number(),
  agent: z.string().nullable().describe('The name of the agent; null when its owner does not show it.'),
  profitPercent: z.string(),
  isMine: z.boolean(),
})
const View = z
  .object({ currency: z.string(), ranked: z.number(), leaders: z.array(Leader) })
  .meta({ id: 'Leaderboard' })

/** Who trades best. */
export function leaderboardRoutes(app: App, { state, tokens }: { state: DeskState; tokens: Tokens }): void {
  app.route({
    onRequest: tokens.guard,
    method: 'GET',
    url: '/api/v1/leaderboard',
    schema: {
      tags: ['leaderboard'],
      summary: 'Agents by profit in percent of their deposits',
      description: 'As of the last minute. Names are those of agents whose owners show them, and mine.',
      security: BEARER,
      querystring: z.object({
        currency: z.string().min(1).max(16).default('USDC'),
        most: z.coerce.number(MOST).int(MOST).min(1, MOST).max(100, MOST).default(10),
      }),
      response: { 200: View, ...problems(400, 401, 503) },
    },
    async handler({ user, query: { currency, most } }) {
      const [ranked, count] = await Promise.all([
        state.leaders.top({ currency }, { most }),
        state.leaders.count({ currency }),
      ])
      const agents = await state.agent.getMany(ranked.map(({ member: agentId }) => ({ agentId })))
      const owners = [...new Set(agents.flatMap((agent) => agent?.userId ?? []))]
      const wishes = await state.preferences.getMany(owners.map((userId) => ({ userId })))
      const showing = new Set(owners.filter((_, index) => wishes[index]?.leaderboard.showNames))
      const leaders = ranked.map(({ rank, score }, index) => {
        const agent = agents[index]
        const isMine = agent?.userId === user.sub
        const isShown = agent && (isMine || showing.has(agent.userId))
        return { rank, agent: isShown ? agent.name : null, profitPercent: score, isMine }
      })
      return { currency, ranked: count, leaders }
    },
  })
}
