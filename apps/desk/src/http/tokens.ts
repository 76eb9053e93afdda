import jwt from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import { type Clock, DeniedError, StoreError } from 'holdfast'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'
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
  /** The id of the session that it belongs to; of one that a person got by signing in. */
  readonly sid?: string
  /** By which it is revoked; of one that was made for a program. */
  readonly jti?: string
}

/** How tokens are made. */
export interface TokenOptions {
  /** Signs them: whoever knows it can be anybody. */
  readonly secret: string
  readonly ttlSeconds: number
  readonly clock: Clock
}

/** The longest that a token of a program may live. */
export const LONGEST_TOKEN_SECONDS = 365 * 86_400

/** What the API's document says of a route that asks for a token. */
export const BEARER: { readonly bearer: readonly string[] }[] = [{ bearer: [] }]

/** Signed tokens, and the guard of routes that ask for one. */
export interface Tokens {
  /** `belongsTo`: the session, or the name of a program's token. */
  issue(
    user: { readonly id: string; readonly email: string },
    belongsTo: { readonly sid: string } | { readonly jti: string },
    ttlSeconds?: number,
  ): { token: string; expiresAt: string }
  /**
   * What a token says, if it is ours and was not ended.
   *
   * @throws DeskError TOKEN_EXPIRED; SESSION_ENDED; UNAUTHENTICATED for a token that is not ours. RevocationUnknownError
   */
  check(token: string): Promise<Claims>
  /** Ends a program's token by its name, which is known to nobody but its user. */
  revoke(user: Pick<Claims, 'sub'>, jti: string): Promise<void>
  /** Ends what a token stands for: its session, or itself. */
  end(claims: Claims): Promise<void>
  /** An `onRequest` hook: lets only requests with a valid token through, and tells the handler whose it is. */
  readonly guard: (request: FastifyRequest) => Promise<void>
}

/** HS256 and nothing else. `app` learns `request.user`. */
export async function createTokens(
  app: App,
  state: Pick<DeskState, 'login' | 'revokedToken'>,
  { secret, ttlSeconds, clock }: TokenOptions,
): Promise<Tokens> {
  // Expiry is ours to check: the library asks the host for the time.
  const verify = { algorithms: ['HS256' as const], requiredClaims: ['sub', 'exp'], ignoreExpiration: true }
  await app.register(jwt, { secret, sign: { algorithm: 'HS256' }, verify })

  const isEnded = async ({ sub, sid = '', iat }: Claims): Promise<boolean> => {
    try {
      return (await state.login.get(sid))?.user?.userId !== sub
    } catch (error) {
      // The token says whose it is, and PostgreSQL whether that was revoked: the desk goes on without Redis.
      if (error instanceof StoreError) return state.login.isRevoked(sid, new Date(iat * 1_000))
      throw error
    }
  }
  const valid = (token: string): Claims => {
    const claims = verified(app, token)
    if (claims.exp * 1_000 <= clock.wall())
      throw new DeskError('TOKEN_EXPIRED', 'The session has expired. Sign in again.')
    return claims
  }
  /** A program sends the same token with each request: its signature is looked at once, its end each time. */
  const checkProgram = async (token: string): Promise<Claims> => {
    try {
      return await state.revokedToken.verdict(token, async () => {
        const value = valid(token)
        return { id: programToken(value), until: new Date(value.exp * 1_000), value }
      })
    } catch (error) {
      throw error instanceof DeniedError ? ended() : error
    }
  }
  const check = async (token: string): Promise<Claims> => {
    if (isOfProgram(app, token)) return checkProgram(token)
    const claims = valid(token)
    if (await isEnded(claims)) throw ended()
    return claims
  }
  return {
    issue({ id, email }, belongsTo, seconds = ttlSeconds) {
      const iat = Math.floor(clock.wall() / 1_000)
      const exp = iat + seconds
      const token = app.jwt.sign({ sub: id, email, ...belongsTo, iat, exp })
      return { token, expiresAt: new Date(exp * 1_000).toISOString() }
    },
    check,
    revoke: ({ sub }, jti) =>
      // When it ends by itself is not known: no later than this.
      state.revokedToken.deny({ userId: sub, jti }, new Date(clock.wall() + LONGEST_TOKEN_SECONDS * 1_000)),
    async end(claims) {
      if (claims.sid !== undefined) await state.login.revoke(claims.sid)
      else await state.revokedToken.deny(programToken(claims), new Date(claims.exp * 1_000))
    },
    async guard(request) {
      const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
      if (token === undefined) throw notOurs()
      request.user = await check(token)
    },
  }
}

function verified(app: App, token: string): Claims {
  try {
    const claims = app.jwt.verify<Claims>(token)
    const { sub, exp, sid = claims.jti } = claims
    // One that belongs to nothing could not be ended.
    if (typeof sub === 'string' && typeof exp === 'number' && typeof sid === 'string' && sid !== '')
      return claims
  } catch {
    // Said below in one way, whatever is wrong with it.
  }
  throw notOurs()
}

/** By what a token calls itself. Whether that is true is looked at by whoever it is handed to then. */
function isOfProgram(app: App, token: string): boolean {
  try {
    return app.jwt.decode<Partial<Claims>>(token)?.sid === undefined
  } catch {
    return false
  }
}

function programToken({ sub, jti = '' }: Claims): { userId: string; jti: string } {
  return { userId: sub, jti }
}

function ended(): DeskError {
  return new DeskError('SESSION_ENDED', 'The session was ended. Sign in again.')
}

function notOurs(): DeskError {
  return new DeskError(
    'UNAUTHENTICATED',
    'Send the token that signing in gave, as Authorization: Bearer <token>.',
  )
}
