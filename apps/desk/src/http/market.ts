import { z } from 'zod'
import { DeskError } from '../domain/desk-error.ts'
import { CandleValue, MOST_CANDLES } from '../keyspaces/market.ts'
import type { Board } from '../market/board.ts'
import { candlesOf } from '../market/candle-view.ts'
import { INTERVALS } from '../market/candles/interval.ts'
import type { Feed } from '../market/feed.ts'
import { allPrices, listedAsset, pricesOf, PriceView, tradedAssets } from '../market/price-view.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'

const tags = ['market']
const AssetId = z.object({ chain: z.string().max(32), asset: z.string().max(128) })
const LIMIT = `must be a whole number from 1 to ${MOST_CANDLES}`
const Limit = z.coerce.number(LIMIT).int(LIMIT).min(1, LIMIT).max(MOST_CANDLES, LIMIT)
const AssetView = z
  .object({
    chain: z.string(),
    asset: z.string(),
    symbol: z.string(),
    name: z.string(),
    decimals: z.number(),
    quote: z.string(),
    priceDecimals: z.number(),
  })
  .meta({ id: 'Asset' })

/** What the market's routes show. */
interface MarketParts {
  readonly state: DeskState
  readonly board: Board
  readonly feed: Pick<Feed, 'source'>
}

/** What is traded, at which price, and how that went. Public. */
export function marketRoutes(app: App, { state, board, feed }: MarketParts): void {
  app.route({
    method: 'GET',
    url: '/api/v1/assets',
    schema: {
      tags,
      summary: 'What is traded here',
      description: 'What the price source of this desk feeds.',
      response: { 200: z.object({ assets: z.array(AssetView) }), ...problems(503) },
    },
    handler: async () => ({ assets: await tradedAssets(state, feed.source) }),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/prices',
    schema: {
      tags,
      summary: 'All prices',
      response: { 200: z.object({ prices: z.array(PriceView) }), ...problems(503) },
    },
    handler: async () => ({ prices: await allPrices(state, feed.source) }),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/prices/:chain/:asset',
    schema: {
      tags,
      summary: 'One price',
      params: AssetId,
      response: { 200: PriceView, ...problems(400, 404, 503) },
    },
    async handler({ params }) {
      const asset = await listedAsset(state, params.chain, params.asset)
      const [price] = await pricesOf(state, [asset])
      if (!price)
        throw new DeskError(
          'NO_PRICE',
          `${asset.symbol} has no price yet: its feed has not reported a trade.`,
        )
      return price
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/candles/:chain/:asset',
    schema: {
      tags,
      summary: 'Candles of a pair, oldest first',
      description: 'An interval without trades has no candle. The last candle may still be forming.',
      params: AssetId,
      querystring: z.object({
        interval: z.enum(INTERVALS).default('1m'),
        limit: Limit.default(300),
      }),
      response: {
        200: z.object({
          chain: z.string(),
          asset: z.string(),
          interval: z.enum(INTERVALS),
          candles: z.array(CandleValue),
        }),
        ...problems(400, 404, 503),
      },
    },
    async handler({ params, query: { interval, limit } }) {
      const { chain, asset } = await listedAsset(state, params.chain, params.asset)
      const candles = await candlesOf(state, board, { chain, asset }, interval, limit)
      return { chain, asset, interval, candles }
    },
  })
}
