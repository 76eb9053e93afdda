/**
 * What a limiter decided, told to clients in the fields of the IETF's draft "RateLimit header fields for HTTP"
 * (httpapi working group): `RateLimit-Policy: "trades";q=10;w=60` is the rule, `RateLimit: "trades";r=3;t=12` says
 * that three more requests are taken now, and that all of the quota is there again in 12 seconds.
 */
import type { FastifyReply } from 'fastify'
import { DeskError } from '../domain/desk-error.ts'
import type { Limit } from 'holdfast'

/** Says in the headers of `reply` what the limiter decided. `policy`: letters and hyphens. */
export function tellQuota(reply: FastifyReply, policy: string, quota: Limit): void {
  const { limit, periodMs, remaining, resetMs } = quota
  reply.header('ratelimit-policy', `"${policy}";q=${limit};w=${seconds(periodMs)}`)
  reply.header('ratelimit', `"${policy}";r=${remaining};t=${seconds(resetMs)}`)
}

/** Refuses what is over the limit. @throws DeskError `code`, with the time after which to ask again */
export function refuseBeyond(quota: Limit, code: 'RATE_LIMITED' | 'COOLDOWN', message: string): void {
  if (quota.allowed) return
  throw new DeskError(code, message, { retryAfterMs: quota.retryAfterMs })
}

/** Whole seconds, as HTTP counts: never less than it takes. */
function seconds(durationMs: number): number {
  return Math.ceil(durationMs / 1_000)
}
