import { ApiProblem, problemFrom } from './problem.ts'
import type { Agent, Asset, Candle, DeskState, Interval, Price, SignedIn, Status, User } from './shapes.ts'

/** No reply within this time counts as a failure; the desk answers in milliseconds. */
const DEADLINE_MS = 10_000

/** Every call rejects with `ApiProblem`, and only with that, unless its signal was aborted. */
export interface Api {
  readonly status: (signal?: AbortSignal) => Promise<Status>
  readonly register: (credentials: Credentials) => Promise<SignedIn>
  readonly login: (credentials: Credentials) => Promise<SignedIn>
  readonly me: (signal?: AbortSignal) => Promise<User>
  readonly assets: (signal?: AbortSignal) => Promise<readonly Asset[]>
  readonly prices: (signal?: AbortSignal) => Promise<readonly Price[]>
  readonly candles: (of: CandleRange, signal?: AbortSignal) => Promise<readonly Candle[]>
  readonly state: (signal?: AbortSignal) => Promise<DeskState>
  readonly agents: (signal?: AbortSignal) => Promise<readonly Agent[]>
  readonly createAgent: (agent: { name: string; strategy?: string }) => Promise<Agent>
  readonly updateAgent: (id: string, change: { name?: string; status?: Agent['status'] }) => Promise<Agent>
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

/** `token` is asked for at each request, so a new session needs no new client. */
export function createApi(options: { fetch: typeof fetch; token: () => string | null }): Api {
  async function request<T>(method: string, path: string, input: RequestInput = {}): Promise<T> {
    const token = options.token()
    const headers = new Headers({ accept: 'application/json' })
    if (token) headers.set('authorization', `Bearer ${token}`)
    if (input.body) headers.set('content-type', 'application/json')
    const deadline = AbortSignal.timeout(DEADLINE_MS)
    const init: RequestInit = {
      method,
      headers,
      signal: input.signal ? AbortSignal.any([input.signal, deadline]) : deadline,
      ...(input.body && { body: JSON.stringify(input.body) }),
    }
    try {
      const response = await options.fetch(`/api/v1${path}`, init)
      if (!response.ok) throw await problemFrom(response)
      return (await response.json()) as T
    } catch (error) {
      if (error instanceof ApiProblem || input.signal?.aborted) throw error
      throw failure(error, deadline.aborted)
    }
  }

  const get = <T>(path: string, signal: AbortSignal | undefined): Promise<T> =>
    request<T>('GET', path, signal && { signal })

  return {
    status: (signal) => get('/status', signal),
    register: (body) => request('POST', '/auth/register', { body }),
    login: (body) => request('POST', '/auth/login', { body }),
    me: async (signal) => (await get<{ user: User }>('/auth/me', signal)).user,
    assets: async (signal) => (await get<{ assets: Asset[] }>('/assets', signal)).assets,
    prices: async (signal) => (await get<{ prices: Price[] }>('/prices', signal)).prices,
    async candles({ chain, asset, interval, limit }, signal) {
      const path = `/candles/${encodeURIComponent(chain)}/${encodeURIComponent(asset)}`
      const reply = await get<{ candles: Candle[] }>(`${path}?interval=${interval}&limit=${limit}`, signal)
      return reply.candles
    },
    state: (signal) => get('/state', signal),
    agents: async (signal) => (await get<{ agents: Agent[] }>('/agents', signal)).agents,
    createAgent: (body) => request('POST', '/agents', { body }),
    updateAgent: (id, body) => request('PATCH', `/agents/${encodeURIComponent(id)}`, { body }),
  }
}

interface RequestInput {
  readonly body?: object
  readonly signal?: AbortSignal
}

function failure(error: unknown, timedOut: boolean): ApiProblem {
  if (timedOut) {
    const detail = `The desk did not answer within ${DEADLINE_MS / 1000} seconds. Is it overloaded?`
    return new ApiProblem({ status: 0, code: 'TIMEOUT', title: 'No answer in time', detail })
  }
  if (error instanceof SyntaxError) {
    const detail = 'The reply was not JSON. Is something else answering at this address?'
    return new ApiProblem({ status: 0, code: 'BAD_REPLY', title: 'Unreadable reply', detail })
  }
  const detail = 'The desk does not answer. Check that it is running and that this page may reach it.'
  return new ApiProblem({ status: 0, code: 'UNREACHABLE', title: 'Desk not reachable', detail })
}
