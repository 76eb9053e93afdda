import { ApiProblem, problemFrom } from './problem.ts'

/** No reply within this time counts as a failure; the desk answers in milliseconds. */
const DEADLINE_MS = 10_000

/** What a request carries. */
export interface RequestInput {
  readonly body?: object
  readonly signal?: AbortSignal
  /** Makes a repeated request have the effect of one. */
  readonly idempotencyKey?: string
  /** In place of ten seconds, for what waits for a venue. */
  readonly deadlineMs?: number
}

/** A reply that is not a refusal. */
export interface Reply<T> {
  readonly data: T
  readonly status: number
  readonly headers: Headers
}

/** Sends one request. It rejects with `ApiProblem`, and only with that, unless its signal was aborted. */
export type Request = <T>(method: string, path: string, input?: RequestInput) => Promise<Reply<T>>

/** `token` is asked for at each request, so a new session needs no new client. */
export function createRequest(options: { fetch: typeof fetch; token: () => string | null }): Request {
  return async function request<T>(
    method: string,
    path: string,
    input: RequestInput = {},
  ): Promise<Reply<T>> {
    const token = options.token()
    const headers = new Headers({ accept: 'application/json' })
    if (token) headers.set('authorization', `Bearer ${token}`)
    if (input.body) headers.set('content-type', 'application/json')
    if (input.idempotencyKey) headers.set('idempotency-key', input.idempotencyKey)
    const deadlineMs = input.deadlineMs ?? DEADLINE_MS
    const deadline = AbortSignal.timeout(deadlineMs)
    const init: RequestInit = {
      method,
      headers,
      signal: input.signal ? AbortSignal.any([input.signal, deadline]) : deadline,
      ...(input.body && { body: JSON.stringify(input.body) }),
    }
    try {
      const response = await options.fetch(`/api/v1${path}`, init)
      if (!response.ok) throw await problemFrom(response)
      return { data: (await response.json()) as T, status: response.status, headers: response.headers }
    } catch (error) {
      if (error instanceof ApiProblem || input.signal?.aborted) throw error
      throw failure(error, deadline.aborted ? deadlineMs : null)
    }
  }
}

function failure(error: unknown, timedOutAfterMs: number | null): ApiProblem {
  if (timedOutAfterMs !== null) {
    const detail = `The desk did not answer within ${timedOutAfterMs / 1000} seconds. Is it overloaded?`
    return new ApiProblem({ status: 0, code: 'TIMEOUT', title: 'No answer in time', detail })
  }
  if (error instanceof SyntaxError) {
    const detail = 'The reply was not JSON. Is something else answering at this address?'
    return new ApiProblem({ status: 0, code: 'BAD_REPLY', title: 'Unreadable reply', detail })
  }
  const detail = 'The desk does not answer. Check that it is running and that this page may reach it.'
  return new ApiProblem({ status: 0, code: 'UNREACHABLE', title: 'Desk not reachable', detail })
}
