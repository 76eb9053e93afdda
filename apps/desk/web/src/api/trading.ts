import type { Request } from './request.ts'
import type {
  Balance,
  DepositOrder,
  EquityPoint,
  EquityRange,
  Portfolio,
  Position,
  Trade,
  TradeOrder,
  TradePreview,
  TradingConfig,
  Transaction,
} from './trading-shapes.ts'

/** Longer than the desk waits for a venue, so that its answer comes before we stop listening. */
const TRADE_DEADLINE_MS = 20_000

/** What a trade was answered with. `replayed`: the desk had done it before, and did nothing now. */
export interface Traded {
  readonly trade: Trade
  readonly replayed: boolean
}

/** The trading part of the API. `key` makes a repeated request have the effect of one. */
export interface TradingApi {
  readonly trade: (order: TradeOrder, key: string) => Promise<Traded>
  readonly preview: (order: TradeOrder, signal?: AbortSignal) => Promise<TradePreview>
  readonly tradeById: (intentId: string, signal?: AbortSignal) => Promise<Trade>
  readonly deposit: (order: DepositOrder, key: string) => Promise<{ readonly replayed: boolean }>
  readonly balances: (agentId: string, signal?: AbortSignal) => Promise<readonly Balance[]>
  readonly positions: (
    agentId: string,
    status: Position['status'],
    signal?: AbortSignal,
  ) => Promise<readonly Position[]>
  readonly transactions: (
    agentId: string,
    page: Page,
    signal?: AbortSignal,
  ) => Promise<readonly Transaction[]>
  readonly portfolio: (agentId: string, signal?: AbortSignal) => Promise<Portfolio>
  readonly equity: (
    agentId: string,
    range: EquityRange,
    signal?: AbortSignal,
  ) => Promise<readonly EquityPoint[]>
  readonly config: (agentId: string, signal?: AbortSignal) => Promise<TradingConfig>
  /** Merges `change` into the config (JSON Merge Patch): what it does not name stays. */
  readonly changeConfig: (agentId: string, change: TradingConfig) => Promise<TradingConfig>
}

/** Some transactions: the newest, or those before one. */
export interface Page {
  readonly limit: number
  readonly before?: string | null
}

/** Over one way to send requests. */
export function createTradingApi(request: Request): TradingApi {
  const get = async <T>(path: string, signal: AbortSignal | undefined): Promise<T> =>
    (await request<T>('GET', path, signal && { signal })).data
  const of = (agentId: string): string => `/agents/${encodeURIComponent(agentId)}`

  return {
    async trade(body, idempotencyKey) {
      const input = { body, idempotencyKey, deadlineMs: TRADE_DEADLINE_MS }
      const reply = await request<Trade>('POST', '/trades', input)
      return { trade: reply.data, replayed: isReplay(reply.headers) }
    },
    async preview(body, signal) {
      const input = { body, ...(signal && { signal }) }
      return (await request<TradePreview>('POST', '/trades/preview', input)).data
    },
    tradeById: (intentId, signal) => get(`/trades/${encodeURIComponent(intentId)}`, signal),
    async deposit({ agentId, ...body }, idempotencyKey) {
      const { headers } = await request('POST', `${of(agentId)}/deposits`, { body, idempotencyKey })
      return { replayed: isReplay(headers) }
    },
    async balances(agentId, signal) {
      return (await get<{ balances: Balance[] }>(`${of(agentId)}/balances`, signal)).balances
    },
    async positions(agentId, status, signal) {
      const path = `${of(agentId)}/positions?status=${status}`
      return (await get<{ positions: Position[] }>(path, signal)).positions
    },
    async transactions(agentId, { limit, before }, signal) {
      const from = before ? `&before=${encodeURIComponent(before)}` : ''
      const path = `${of(agentId)}/transactions?limit=${limit}${from}`
      return (await get<{ transactions: Transaction[] }>(path, signal)).transactions
    },
    portfolio: (agentId, signal) => get(`${of(agentId)}/portfolio`, signal),
    async equity(agentId, range, signal) {
      return (await get<{ points: EquityPoint[] }>(`${of(agentId)}/equity?range=${range}`, signal)).points
    },
    config: (agentId, signal) => get(`${of(agentId)}/config`, signal),
    async changeConfig(agentId, body) {
      return (await request<TradingConfig>('PATCH', `${of(agentId)}/config`, { body })).data
    },
  }
}

function isReplay(headers: Headers): boolean {
  return headers.get('idempotency-replayed') === 'true'
}
