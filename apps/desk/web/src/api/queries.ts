/** What react-query caches. Live values are not here: prices and counts live in their own stores. */
import { queryOptions } from '@tanstack/react-query'
import { CHART_CANDLES } from '../market/candles.ts'
import { type CandleTails, fetchJoined } from '../market/live-candles.ts'
import { candlesTopic } from '../stream/topics.ts'
import type { Api } from './client.ts'
import { queryKeys } from './query-keys.ts'
import type { Interval } from './shapes.ts'
import { createTradingQueries } from './trading-queries.ts'

/** Every query of the dashboard, for one API; charts are joined to what the stream has sent of them. */
export function createQueries(api: Api, tails: CandleTails) {
  return {
    status: queryOptions({
      queryKey: queryKeys.status,
      queryFn: ({ signal }) => api.status(signal),
      staleTime: 30_000,
    }),
    me: queryOptions({
      queryKey: ['me'],
      queryFn: ({ signal }) => api.me(signal),
      staleTime: Number.POSITIVE_INFINITY,
    }),
    sessions: queryOptions({
      queryKey: queryKeys.sessions,
      queryFn: ({ signal }) => api.sessions(signal),
      // Asked for when somebody looks.
      staleTime: 0,
    }),
    assets: queryOptions({
      queryKey: ['assets'],
      queryFn: ({ signal }) => api.assets(signal),
      staleTime: 300_000,
    }),
    agents: queryOptions({
      queryKey: queryKeys.agents,
      queryFn: ({ signal }) => api.agents(signal),
      staleTime: 10_000,
    }),
    candles: (chain: string, asset: string, interval: Interval) =>
      queryOptions({
        queryKey: queryKeys.candles(chain, asset, interval),
        queryFn: ({ signal }) =>
          fetchJoined(tails, candlesTopic(chain, asset, interval), () =>
            api.candles({ chain, asset, interval, limit: CHART_CANDLES }, signal),
          ),
        // Nobody kept the last candle up to date while its chart was away.
        staleTime: 0,
      }),
    lastHour: (chain: string, asset: string) =>
      queryOptions({
        queryKey: ['last-hour', chain, asset],
        queryFn: ({ signal }) => api.candles({ chain, asset, interval: '1m', limit: 60 }, signal),
        staleTime: Number.POSITIVE_INFINITY,
      }),
    ...createTradingQueries(api.trading),
  }
}

/** See `createQueries`. */
export type Queries = ReturnType<typeof createQueries>
