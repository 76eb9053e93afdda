import type { Request } from './request.ts'
import type {
  Agent,
  Asset,
  Candle,
  DeskState,
  Interval,
  Price,
  SignedIn,
  SignedInAt,
  Status,
  User,
} from './shapes.ts'
import { createTradingApi, type TradingApi } from './trading.ts'

/** Every call rejects with `ApiProblem`, and only with that, unless its signal was aborted. */
export interface Api {
  readonly status: (signal?: AbortSignal) => Promise<Status>
  readonly register: (credentials: Credentials) => Promise<SignedIn>
  readonly login: (credentials: Credentials) => Promise<SignedIn>
  readonly me: (signal?: AbortSignal) => Promise<User>
  readonly sessions: (signal?: AbortSignal) => Promise<readonly SignedInAt[]>
  /** Ends this session. */
  readonly logout: () => Promise<void>
  readonly logoutEverywhere: (options: { keepThis: boolean }) => Promise<{ ended: number }>
  readonly endSession: (handle: string) => Promise<void>
  readonly assets: (signal?: AbortSignal) => Promise<readonly Asset[]>
  readonly prices: (signal?: AbortSignal) => Promise<readonly Price[]>
  readonly candles: (of: CandleRange, signal?: AbortSignal) => Promise<readonly Candle[]>
  readonly state: (signal?: AbortSignal) => Promise<DeskState>
  readonly agents: (signal?: AbortSignal) => Promise<readonly Agent[]>
  readonly createAgent: (agent: { name: string; strategy?: string }) => Promise<Agent>
  readonly updateAgent: (id: string, change: { name?: string; status?: Agent['status'] }) => Promise<Agent>
  readonly trading: TradingApi
}

/** What a person signs in with. */
export interface Credentials {
  readonly email: string
  readonly password: string
}

/** Which candles: the last `limit` of one asset and interval. */
export interface CandleRange {
  readonly chain: string
  readonly asset: string
  readonly interval: Interval
  readonly limit: number
}

/** Every call of the API, over one way to send requests. */
export function createApi(request: Request): Api {
  const get = async <T>(path: string, signal: AbortSignal | undefined): Promise<T> =>
    (await request<T>('GET', path, signal && { signal })).data
  const send = async <T>(method: string, path: string, body: object): Promise<T> =>
    (await request<T>(method, path, { body })).data

  return {
    status: (signal) => get('/status', signal),
    register: (body) => send('POST', '/auth/register', body),
    login: (body) => send('POST', '/auth/login', body),
    me: async (signal) => (await get<{ user: User }>('/auth/me', signal)).user,
    assets: async (signal) => (await get<{ assets: Asset[] }>('/assets', signal)).assets,
    prices: async (signal) => (await get<{ prices: Price[] }>('/prices', signal)).prices,
    sessions: async (signal) => (await get<{ sessions: SignedInAt[] }>('/auth/sessions', signal)).sessions,
    logout: async () => void (await request('POST', '/auth/logout')),
    logoutEverywhere: (body) => send('POST', '/auth/logout-everywhere', body),
    endSession: async (handle) =>
      void (await request('DELETE', `/auth/sessions/${encodeURIComponent(handle)}`)),
    async candles({ chain, asset, interval, limit }, signal) {
      const path = `/candles/${encodeURIComponent(chain)}/${encodeURIComponent(asset)}`
      const reply = await get<{ candles: Candle[] }>(`${path}?interval=${interval}&limit=${limit}`, signal)
      return reply.candles
    },
    state: (signal) => get('/state', signal),
    agents: async (signal) => (await get<{ agents: Agent[] }>('/agents', signal)).agents,
    createAgent: (body) => send('POST', '/agents', body),
    updateAgent: (id, body) => send('PATCH', `/agents/${encodeURIComponent(id)}`, body),
    trading: createTradingApi(request),
  }
}
