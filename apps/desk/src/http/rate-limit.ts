import type { FastifyReply } from 'fastify'
import { type Limit, rateLimitHeaders } from 'holdfast'
import { DeskError } from '../domain/desk-error.ts'

/** Says in the headers of `reply` what the limiter decided. `policy`: letters and hyphens. */
export function tellQuota(reply: FastifyReply, policy: string, quota: Limit): void {
  reply.headers(rateLimitHeaders({ [policy]: quota }))
}

/** Refuses what is over the limit. @throws DeskError `code`, with the time after which to ask again */
export function refuseBeyond(quota: Limit, code: 'RATE_LIMITED' | 'COOLDOWN', message: string): void {
  if (quota.allowed) return
  throw new DeskError(code, message, { retryAfterMs: quota.retryAfterMs })
}
