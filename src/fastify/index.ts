/** Fastify: the store of @fastify/session, limits, Idempotency-Key, and bridges to clients. Imports no framework. */
import type { Limiter } from '../index.ts'
import type { IdempotentOptions } from '../web/idempotent.ts'
import { type RateLimitOptions, take } from '../web/rate-limit.ts'
import {
  type SessionStoreMethods,
  type SessionStoreOptions,
  type StoredBy,
  storeMethods,
} from '../web/session-store.ts'
import { answer, type FastifyReply, type FastifyRequest } from './reply.ts'

export { idempotent } from './idempotent.ts'
export type { FastifyApp, LiveRouteOptions } from './live-app.ts'
export { liveSocket, type LiveSocketOptions } from './live-socket.ts'
export { liveStream, type LiveStreamOptions } from './live-stream.ts'
export type {
  FastifyReply,
  FastifyRequest,
  IdempotentOptions,
  RateLimitOptions,
  SessionStoreMethods,
  SessionStoreOptions,
}

/**
 * A store for @fastify/session, on declared sessions: `store: sessionStore(state.web, { user })`. When the store does not
 * answer, requests fail with its error.
 */
export function sessionStore<Id, Value extends object>(
  sessions: StoredBy<Id, Value>,
  options: SessionStoreOptions<NoInfer<Id>, NoInfer<Value>>,
): SessionStoreMethods {
  return storeMethods(sessions, options)
}

/**
 * A hook (`onRequest`, or `preHandler` for what needs the body) that lets a request through if the limiter does; else
 * it answers with 429, Retry-After and a problem document (RFC 9457). Either way the answer has the RateLimit fields
 * (see `rateLimitHeaders`).
 */
export function rateLimit<Request, Id>(
  limiter: Limiter<Id>,
  options: RateLimitOptions<Request, Id>,
): (request: Request, reply: FastifyReply) => Promise<unknown> {
  return async (request, reply) => {
    const { headers, refused } = await take(limiter, options, request)
    for (const [name, value] of Object.entries(headers)) reply.header(name, value)
    return refused && answer(reply, refused)
  }
}
