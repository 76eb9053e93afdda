import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'
import type { Traded, Trading } from '../trading/trading.ts'
import { admitOnce } from './admit-once.ts'
import type { App } from './app.ts'
import { IdempotencyHeader, idempotencyKeyOf } from './idempotency-key.ts'
import { AgentId } from './own-agent.ts'
import { problems } from './problem.ts'
import { refuseBeyond, tellQuota } from './rate-limit.ts'
import { BEARER, type Tokens } from './tokens.ts'
import { tradeView, TradeView } from './trade-view.ts'

const tags = ['trading']
/** A decimal as a number is refused: it may have lost digits before it came here. */
const Amount = z.string("must be a decimal as text, such as '12.5'").max(100)
const Order = z.strictObject({
  agentId: AgentId,
  side: z.enum(['buy', 'sell']),
  chain: z.string().max(32),
  asset: z.string().max(128),
  amount: Amount.optional().describe(
    'Buy: what to spend, fee included, in the quote. Sell: how much of the asset; the whole position when left out.',
  ),
  positionId: z.string().toLowerCase().pipe(z.uuid('is no position id')).optional(),
  maxSlippageBps: z.int().min(0).max(10_000).optional(),
})
const Preview = z
  .object({
    price: z.string(),
    priceAgeMs: z.number(),
    baseAmount: z.string(),
    quoteAmount: z.string(),
    fee: z.string(),
    /** A share: 0.01 is one percent. */
    priceImpact: z.string(),
    slippageBps: z.number(),
    /** What a buy takes, or a sale brings, with the fee. */
    total: z.string(),
  })
  .meta({ id: 'TradePreview' })
const TradeParams = z.object({ id: z.string().toLowerCase().pipe(z.uuid('is no id of a trade')) })

/** What the routes of trades stand on. */
export interface TradeParts {
  readonly state: DeskState
  readonly trading: Trading
  readonly tokens: Tokens
  readonly tradesPerMinute: number
}

/** Buying and selling. The order of a money route: who is it, was it done before, is it too much, then the work. */
export function tradeRoutes(app: App, { state, trading, tokens, tradesPerMinute }: TradeParts): void {
  const guarded = { onRequest: tokens.guard } as const

  app.route({
    ...guarded,
    method: 'POST',
    url: '/api/v1/trades',
    schema: {
      tags,
      summary: 'Buy or sell',
      description:
        'Needs an Idempotency-Key: the same order with the same key is executed once, and answered with the stored ' +
        'result (200, Idempotency-Replayed: true), at no cost to the rate limit. 202: the venue did not answer in ' +
        'time; ask GET /api/v1/trades/{id}.',
      security: BEARER,
      headers: IdempotencyHeader,
      body: Order,
      response: {
        200: TradeView,
        201: TradeView,
        202: TradeView,
        ...problems(400, 401, 404, 409, 422, 429, 503),
      },
    },
    async handler(request, reply) {
      const userId = request.user.sub
      const key = `trade:${idempotencyKeyOf(request)}`
      const admit = async (): Promise<void> => {
        const quota = await state.tradeRate.take({ userId }, { rate: `${tradesPerMinute}/60s` })
        tellQuota(reply, 'trades', quota)
        refuseBeyond(
          quota,
          'RATE_LIMITED',
          `You may trade ${quota.limit} times a minute. Try again a little later.`,
        )
      }
      const order = { ...request.body, reason: 'manual' } as const
      const traded = await admitOnce(state, { userId, key }, admit, (options) =>
        trading.trade(userId, key, order, options),
      )
      return sendTrade(reply, traded)
    },
  })

  app.route({
    ...guarded,
    method: 'POST',
    url: '/api/v1/trades/preview',
    schema: {
      tags,
      summary: 'What an order would do now',
      security: BEARER,
      body: Order,
      response: { 200: Preview, ...problems(400, 401, 404, 409, 503) },
    },
    handler: ({ user, body }) => trading.preview(user.sub, { ...body, reason: 'manual' }),
  })

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/trades/:id',
    schema: {
      tags,
      summary: 'Where one of my trades stands',
      security: BEARER,
      params: TradeParams,
      response: { 200: TradeView, ...problems(400, 401, 404, 503) },
    },
    async handler({ user, params: { id } }) {
      const status = await state.tradeStatus.get({ intentId: id })
      // Somebody else's trade does not exist for whoever asks.
      if (!status || status.userId !== user.sub)
        throw new DeskError('UNKNOWN_TRADE', `You have no trade ${id}.`)
      return tradeView(status)
    },
  })
}

/** Answers with what came of a trade: 201, 200 when it was done before, 202 while nobody knows. */
export function sendTrade(reply: FastifyReply, traded: Traded): FastifyReply {
  if (traded.replayed) reply.header('idempotency-replayed', 'true')
  reply.header('location', `/api/v1/trades/${traded.intentId}`)
  const code = traded.status === 'UNKNOWN' ? 202 : traded.replayed ? 200 : 201
  return reply.code(code).send(tradeView(traded))
}
