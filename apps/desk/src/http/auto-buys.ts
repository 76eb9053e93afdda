import { z } from 'zod'
import { listedAsset } from '../market/price-view.ts'
import { autoBuy, type AutoBuyParts, chainOf } from '../trading/auto-buy.ts'
import { admitOnce } from './admit-once.ts'
import type { App } from './app.ts'
import { IdempotencyHeader, idempotencyKeyOf } from './idempotency-key.ts'
import { AgentId } from './own-agent.ts'
import { problems } from './problem.ts'
import { refuseBeyond, tellQuota } from './rate-limit.ts'
import { BEARER, type Tokens } from './tokens.ts'
import { sendTrade } from './trades.ts'
import { TradeView } from './trade-view.ts'

const AutoBuy = z.strictObject({
  agentId: AgentId.optional().describe('Left out: the oldest of my agents that is active.'),
  chain: z.string().max(32).optional().describe('Left out: the one that the address is written like.'),
  address: z.string().trim().max(128),
})

/** Buying what an address names, as much as the agent's config says. */
export function autoBuyRoutes(app: App, parts: AutoBuyParts & { readonly tokens: Tokens }): void {
  const { state, tokens } = parts
  app.route({
    onRequest: tokens.guard,
    method: 'POST',
    url: '/api/v1/auto-buys',
    schema: {
      tags: ['trading'],
      summary: 'Buy what an address names',
      description: 'As POST /api/v1/trades, once in 30 s; the amount is chosen by the config of the agent.',
      security: BEARER,
      headers: IdempotencyHeader,
      body: AutoBuy,
      response: {
        200: TradeView,
        201: TradeView,
        202: TradeView,
        ...problems(400, 401, 404, 409, 422, 429, 503),
      },
    },
    async handler(request, reply) {
      const userId = request.user.sub
      const key = `auto-buy:${idempotencyKeyOf(request)}`
      const { agentId, chain, address } = request.body
      const asset = await listedAsset(state, chain ?? chainOf(address), address)
      const admit = async (): Promise<void> => {
        const quota = await state.autoBuyCooldown.take({ userId })
        tellQuota(reply, 'auto-buys', quota)
        refuseBeyond(
          quota,
          'COOLDOWN',
          'One auto-buy in 30 s: this is to keep a slip of the hand from buying twice.',
        )
      }
      const traded = await admitOnce(state, { userId, key }, admit, (options) =>
        autoBuy(parts, userId, key, { agentId, asset }, options),
      )
      return sendTrade(reply, traded)
    },
  })
}
