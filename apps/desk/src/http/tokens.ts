import jwt from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import type { Clock } from 'holdfast'
import { DeskError } from '../domain/desk-error.ts'
import type { App } from './app.ts'

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: Claims
    user: Claims
  }
}

/** What a token says. Times are seconds since 1970 UTC, as RFC 7519 has them. */
export interface Claims {
  /** The user's id. */
  readonly sub: string
  readonly email: string
  readonly iat: number
  readonly exp: number
}

/** How tokens are made. */
export interface TokenOptions {
  /** Signs them: whoever knows it can be anybody. */
  readonly secret: string
  readonly ttlSeconds: number
  readonly clock: Clock
}

/** What the API's document says of a route that asks for a token. */
export const BEARER: { readonly bearer: readonly string[] }[] = [{ bearer: [] }]

/** Signed tokens, and the guard of routes that ask for one. */
export interface Tokens {
  issue(user: { readonly id: string; readonly email: string }): { token: string; expiresAt: string }
  /** @throws DeskError TOKEN_EXPIRED, or UNAUTHENTICATED for a token that is not ours */
  read(token: string): Claims
  /** An `onRequest` hook: lets only requests with a valid token through, and tells the handler whose it is. */
  readonly guard: (request: FastifyRequest) => Promise<void>
}

/** HS256 and nothing else. `app` learns `request.user`. */
export async function createTokens(app: App, { secret, ttlSeconds, clock }: TokenOptions): Promise<Tokens> {
  // Expiry is ours to check: the library asks the host for the time.
  const verify = { algorithms: ['HS256' as const], requiredClaims: ['sub', 'exp'], ignoreExpiration: true }
  await app.register(jwt, { secret, sign: { algorithm: 'HS256' }, verify })

  const read = (token: string): Claims => {
    const claims = verified(app, token)
    if (claims.exp * 1_000 > clock.wall()) return claims
    throw new DeskError('TOKEN_EXPIRED', 'The session has expired. Sign in again.')
  }
  return {
    issue({ id, email }) {
      const iat = Math.floor(clock.wall() / 1_000)
      const exp = iat + ttlSeconds
      const token = app.jwt.sign({ sub: id, email, iat, exp })
      return { token, expiresAt: new Date(exp * 1_000).toISOString() }
    },
    read,
    async guard(request) {
      const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
      if (token === undefined) throw notOurs()
      request.user = read(token)
    },
  }
}

function verified(app: App, token: string): Claims {
  try {
    const claims = app.jwt.verify<Claims>(token)
    if (typeof claims.sub === 'string' && typeof claims.exp === 'number') return claims
  } catch {
    // Said below in one way, whatever is wrong with it.
  }
  throw notOurs()
}

function notOurs(): DeskError {
  return new DeskError(
    'UNAUTHENTICATED',
    'Send the token that signing in gave, as Authorization: Bearer <token>.',
  )
}
