import { DeclarationError } from '../../core/errors.ts'
import type { Limit } from './port.ts'

/** What a structured field's String may hold: visible ASCII and the space. */
const TEXT = /^[ -~]+$/

/**
 * What limiters answered, as fields of HTTP: those of the IETF's draft "RateLimit header fields for HTTP" (httpapi
 * working group, revision 10), and `Retry-After` of RFC 9110 when one of them denied.
 *
 *     RateLimit-Policy: "trades";q=10;w=60
 *     RateLimit: "trades";r=3;t=6
 *
 * `q` units are allowed in `w` seconds; `r` remain, and after `t` seconds there is one more (left out when all are
 * there). Times are rounded up to whole seconds, so nobody comes back too early.
 *
 * @param limits by the name of their policy, as a client sees it; in this order
 * @throws DeclarationError for a name that is no visible ASCII, and for none at all
 */
export function rateLimitHeaders(limits: Readonly<Record<string, Limit>>): Record<string, string> {
  const all = Object.entries(limits)
  if (all.length === 0) throw new DeclarationError('rateLimitHeaders', 'takes at least one limit')
  const policies = all.map(
    ([name, { limit, periodMs }]) => `${quoted(name)};q=${limit};w=${seconds(periodMs)}`,
  )
  const states = all.map(([name, { remaining, nextMs }]) => {
    const after = nextMs > 0 ? `;t=${seconds(nextMs)}` : ''
    return `${quoted(name)};r=${remaining}${after}`
  })
  const retryMs = Math.max(...all.map(([, { retryAfterMs }]) => retryAfterMs))
  return {
    'RateLimit-Policy': policies.join(', '),
    RateLimit: states.join(', '),
    ...(retryMs > 0 && { 'Retry-After': String(seconds(retryMs)) }),
  }
}

function quoted(name: string): string {
  if (!TEXT.test(name))
    throw new DeclarationError('rateLimitHeaders', `'${name}' is no name of a policy: write visible ASCII`)
  return `"${name.replace(/["\\]/g, '\\$&')}"`
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000)
}
