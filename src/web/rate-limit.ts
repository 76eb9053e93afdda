import { type Limiter, rateLimitHeaders } from '../index.ts'
import { type Refusal, refusal } from './problem.ts'

/** How requests are limited. */
export interface RateLimitOptions<Request, Id> {
  /** Whose limit a request takes from. */
  readonly id: (request: Request) => Id
  /** How many units it takes. Default 1. */
  readonly cost?: (request: Request) => number
  /** What clients see it called. Default `requests`. */
  readonly policy?: string
}

/** What a limiter said of a request. */
export interface TakenByRequest {
  /** RateLimit and RateLimit-Policy, for the answer in any case. */
  readonly headers: Readonly<Record<string, string>>
  /** Why it is refused. */
  readonly refused: Refusal | undefined
}

/** Takes from a limit for a request. @throws what the limiter throws, and DeclarationError for a policy that is none */
export async function take<Request, Id>(
  limiter: Limiter<Id>,
  { id, cost, policy = 'requests' }: RateLimitOptions<Request, Id>,
  request: Request,
): Promise<TakenByRequest> {
  const taken = await limiter.take(id(request), cost && { cost: cost(request) })
  const refused = taken.allowed
    ? undefined
    : refusal(429, 'RATE_LIMITED', 'Too many requests. Retry-After says when.', taken.retryAfterMs)
  return { headers: rateLimitHeaders({ [policy]: taken }), refused }
}
