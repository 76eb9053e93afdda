import type { Clock } from 'holdfast'
import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { listClosedPositions } from '../db/positions.ts'
import { Balance } from '../domain/balance.ts'
import type { DeskState } from '../ops/state.ts'
import { bookOf } from '../trading/portfolio/book.ts'
import { PositionView, positionViews } from '../trading/portfolio/position-view.ts'
import { Worth, worthOf } from '../trading/portfolio/worth.ts'
import { equityOf } from '../trading/equity/sampler.ts'
import type { App } from './app.ts'
import { AgentParams, ownAgent } from './own-agent.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'
import { TransactionView } from './trade-view.ts'

const tags = ['trading']
const BalanceView = Balance.meta({ id: 'Balance' })
const Portfolio = Worth.extend({
  /** What is held in other currencies. No rate between currencies is invented. */
  others: z.array(Worth),
  asOf: z.iso.datetime(),
}).meta({ id: 'Portfolio' })
const EquityPoint = z.object({ at: z.iso.datetime(), value: z.string() }).meta({ id: 'EquityPoint' })
const SPAN_MS = { '1h': 3_600_000, '24h': 86_400_000 } as const
const MOST_CLOSED = 200
const MOST_LINES = 200
const LIMIT = `must be a whole number from 1 to ${MOST_LINES}`
const Limit = z.coerce.number(LIMIT).int(LIMIT).min(1, LIMIT).max(MOST_LINES, LIMIT)
const Before = z.string().toLowerCase().pipe(z.uuid('is no id of a transaction'))

/** What the routes of holdings stand on. */
export interface HoldingsParts {
  readonly db: Database
  readonly state: DeskState
  readonly tokens: Tokens
  readonly clock: Clock
}

/** What a user's agents have, and what it is worth. */
export function holdingsRoutes(app: App, { db, state, tokens, clock }: HoldingsParts): void {
  const guarded = { onRequest: tokens.guard } as const

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents/:id/balances',
    schema: {
      tags,
      summary: 'What the wallets of an agent hold',
      security: BEARER,
      params: AgentParams,
      response: { 200: z.object({ balances: z.array(BalanceView) }), ...problems(400, 401, 404, 503) },
    },
    async handler({ user, params: { id } }) {
      await ownAgent(state, user.sub, id)
      return { balances: [...((await state.balances.get({ agentId: id })) ?? [])] }
    },
  })

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents/:id/positions',
    schema: {
      tags,
      summary: 'Positions of an agent',
      description: `Open ones oldest first; or the last ${MOST_CLOSED} that were closed, the latest first.`,
      security: BEARER,
      params: AgentParams,
      querystring: z.object({ status: z.enum(['open', 'closed']).default('open') }),
      response: { 200: z.object({ positions: z.array(PositionView) }), ...problems(400, 401, 404, 503) },
    },
    async handler({ user, params: { id }, query: { status } }) {
      const { config } = await ownAgent(state, user.sub, id)
      const positions =
        status === 'open'
          ? ((await state.openPositions.get({ agentId: id })) ?? [])
          : await listClosedPositions(db, id, MOST_CLOSED)
      return { positions: await positionViews(state, positions, config) }
    },
  })

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents/:id/transactions',
    schema: {
      tags,
      summary: 'The book of an agent: deposits, trades and orders, the latest first',
      description: 'For the next page, `before` is the id of the last line of this one.',
      security: BEARER,
      params: AgentParams,
      querystring: z.object({ limit: Limit.default(50), before: Before.optional() }),
      response: {
        200: z.object({ transactions: z.array(TransactionView) }),
        ...problems(400, 401, 404, 503),
      },
    },
    async handler({ user, params: { id }, query: { limit, before } }) {
      await ownAgent(state, user.sub, id)
      return { transactions: await bookOf(db, id, { limit, before }) }
    },
  })

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents/:id/portfolio',
    schema: {
      tags,
      summary: 'What an agent is worth at the last prices',
      security: BEARER,
      params: AgentParams,
      response: { 200: Portfolio, ...problems(400, 401, 404, 503) },
    },
    async handler({ user, params: { id } }) {
      await ownAgent(state, user.sub, id)
      const [worth] = await worthOf(state, [await state.portfolio.get({ agentId: id })])
      const [shown, ...others] = worth ?? []
      if (!shown) throw new Error('worth has at least one currency')
      return { ...shown, others, asOf: new Date(clock.wall()).toISOString() }
    },
  })

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/agents/:id/equity',
    schema: {
      tags,
      summary: 'What an agent was worth, minute by minute, oldest first',
      security: BEARER,
      params: AgentParams,
      querystring: z.object({ range: z.enum(['1h', '24h']).default('24h') }),
      response: { 200: z.object({ points: z.array(EquityPoint) }), ...problems(400, 401, 404, 503) },
    },
    async handler({ user, params: { id }, query: { range } }) {
      await ownAgent(state, user.sub, id)
      return { points: await equityOf(db, id, SPAN_MS[range]) }
    },
  })
}
