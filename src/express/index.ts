/** Express: the store of express-session, limits, and Idempotency-Key. Imports neither: they are handed in. */
import type { Limiter } from '../index.ts'
import type { IdempotentOptions } from '../web/idempotent.ts'
import { type RateLimitOptions, take } from '../web/rate-limit.ts'
import {
  type SessionStoreMethods,
  type SessionStoreOptions,
  type StoredBy,
  storeMethods,
} from '../web/session-store.ts'
import type { ExpressRequest, ExpressResponse } from './message.ts'

export { idempotent } from './idempotent.ts'
export type {
  ExpressRequest,
  ExpressResponse,
  IdempotentOptions,
  RateLimitOptions,
  SessionStoreMethods,
  SessionStoreOptions,
}

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

/**
 * A middleware that lets a request through if the limiter does; else it answers with 429, Retry-After and a problem
 * document (RFC 9457). Either way the answer has the RateLimit fields (see `rateLimitHeaders`).
 */
export function rateLimit<Request, Id>(
  limiter: Limiter<Id>,
  options: RateLimitOptions<Request, Id>,
): (request: Request, response: ExpressResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    take(limiter, options, request)
      .then(({ headers, refused }) => {
        for (const [name, value] of Object.entries({ ...headers, ...refused?.headers }))
          response.setHeader(name, value)
        if (!refused) return process.nextTick(next)
        response.statusCode = refused.status
        response.end(refused.body)
      })
      // Somebody may have answered meanwhile, and then nothing can be set any more.
      .catch(next)
  }
}
