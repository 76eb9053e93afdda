/** Express: the store of express-session, and limits. Imports neither: they are handed in. */
import type { Limiter } from '../index.ts'
import { type RateLimitOptions, take } from '../web/rate-limit.ts'
import {
  type SessionStoreMethods,
  type SessionStoreOptions,
  type StoredBy,
  storeMethods,
} from '../web/session-store.ts'

export type { RateLimitOptions, SessionStoreMethods, SessionStoreOptions }

/**
 * A store for express-session, on declared sessions: `sessionStore(session.Store, state.web, { user })`, where `session` is
 * what express-session exports. When the store does not answer, requests fail with its error.
 */
export function sessionStore<Base extends object, Id, Value extends object>(
  Store: abstract new () => Base,
  sessions: StoredBy<Id, Value>,
  options: SessionStoreOptions<NoInfer<Id>, NoInfer<Value>>,
): Base & SessionStoreMethods {
  const store: Base = Reflect.construct(Store, [])
  return Object.assign(store, storeMethods(sessions, options))
}

/** What of a response is used: what Node's own has. */
export interface ExpressResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/**
 * A middleware that lets a request through if the limiter does; else it answers with 429, Retry-After and a problem
 * document (RFC 9457). Either way the answer has the RateLimit fields (see `rateLimitHeaders`).
 */
export function rateLimit<Request, Id>(
  limiter: Limiter<Id>,
  options: RateLimitOptions<Request, Id>,
): (request: Request, response: ExpressResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    take(limiter, options, request).then(({ headers, refused }) => {
      for (const [name, value] of Object.entries({ ...headers, ...refused?.headers }))
        response.setHeader(name, value)
      if (!refused) return process.nextTick(next)
      response.statusCode = refused.status
      response.end(refused.body)
    }, next)
  }
}
