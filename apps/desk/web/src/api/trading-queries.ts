/** What react-query caches of trading. All of one agent starts with the same key: a change of it refetches all of it. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Balance, EquityRange, Portfolio, Position, TradeOrder } from './trading-shapes.ts'
import type { TradingApi } from './trading.ts'

const PAGE = 25
const AGENT = 'agent'

/** The key of everything about one agent. */
export function agentKey(agentId: string): readonly string[] {
  return [AGENT, agentId]
}

/** The key of everything about every agent. */
export const agentsKey: readonly string[] = [AGENT]

/** What an agent has at one time: asked for together, so that cash and positions are of one moment. */
export interface Holdings {
  readonly portfolio: Portfolio
  readonly positions: readonly Position[]
  readonly balances: readonly Balance[]
}

/** The queries of trading, for one API. */
export function createTradingQueries(api: TradingApi) {
  return {
    holdings: (agentId: string) =>
      queryOptions({
        queryKey: [...agentKey(agentId), 'holdings'],
        async queryFn({ signal }): Promise<Holdings> {
          const [portfolio, positions, balances] = await Promise.all([
            api.portfolio(agentId, signal),
            api.positions(agentId, 'open', signal),
            api.balances(agentId, signal),
          ])
          return { portfolio, positions, balances }
        },
        staleTime: 2_000,
      }),
    closedPositions: (agentId: string) =>
      queryOptions({
        queryKey: [...agentKey(agentId), 'closed'],
        queryFn: ({ signal }) => api.positions(agentId, 'closed', signal),
        staleTime: 2_000,
      }),
    transactions: (agentId: string) =>
      infiniteQueryOptions({
        queryKey: [...agentKey(agentId), 'transactions'],
        queryFn: ({ pageParam, signal }) =>
          api.transactions(agentId, { limit: PAGE, before: pageParam }, signal),
        initialPageParam: null as string | null,
        getNextPageParam: (page) => (page.length < PAGE ? null : (page.at(-1)?.id ?? null)),
        staleTime: 2_000,
      }),
    equity: (agentId: string, range: EquityRange) =>
      queryOptions({
        queryKey: [...agentKey(agentId), 'equity', range],
        queryFn: ({ signal }) => api.equity(agentId, range, signal),
        // The desk notes one point a minute.
        refetchInterval: 60_000,
        staleTime: 30_000,
      }),
    config: (agentId: string) =>
      queryOptions({
        queryKey: [...agentKey(agentId), 'config'],
        queryFn: ({ signal }) => api.config(agentId, signal),
        staleTime: 10_000,
      }),
    trade: (agentId: string, intentId: string) =>
      queryOptions({
        queryKey: [...agentKey(agentId), 'trade', intentId],
        queryFn: ({ signal }) => api.tradeById(intentId, signal),
      }),
    preview: (order: TradeOrder | null) =>
      queryOptions({
        queryKey: ['preview', order],
        queryFn: ({ signal }) =>
          order ? api.preview(order, signal) : Promise.reject(new Error('there is no order to preview')),
        enabled: order !== null,
        retry: false,
        staleTime: 0,
        gcTime: 10_000,
      }),
  }
}
