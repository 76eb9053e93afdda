import jwt from '@fastify/jwt'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Clock } from 'holdfast'
import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { createUser, findUser, findUserByEmail, type User } from '../db/users.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { App } from './app.ts'
import { hashPassword, verifyNobody, verifyPassword } from './passwords.ts'
import { Problem } from './problem.ts'

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { sub: string; email: string }
    user: { sub: string; email: string; exp: number }
  }
}

/** What signing in needs. */
export interface AuthOptions {
  readonly db: Database
  readonly clock: Clock
  readonly secret: string
  readonly ttlSeconds: number
}

const Credentials = z.object({
  email: z.string().trim().toLowerCase().pipe(z.email('is no e-mail address').max(254)),
  password: z.string().min(8, 'must have at least 8 characters').max(256),
})
const UserView = z.object({ id: z.uuid(), email: z.string() })
const SignedIn = z.object({ token: z.string(), expiresAt: z.iso.datetime(), user: UserView })

/** Tokens and the routes that give them. Afterwards `authenticate` can guard other routes. */
export async function authRoutes(app: App, { db, clock, secret, ttlSeconds }: AuthOptions): Promise<void> {
  await app.register(jwt, {
    secret,
    sign: { algorithm: 'HS256', expiresIn: ttlSeconds },
    verify: { algorithms: ['HS256'] },
  })

  const signIn = ({ id, email }: User): z.infer<typeof SignedIn> => ({
    token: app.jwt.sign({ sub: id, email }),
    expiresAt: new Date(clock.wall() + ttlSeconds * 1_000).toISOString(),
    user: { id, email },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/auth/register',
    schema: {
      tags: ['auth'],
      summary: 'Make an account',
      body: Credentials,
      response: { 201: SignedIn, 409: Problem },
    },
    async handler({ body: { email, password } }, reply) {
      const user = await createUser(db, email, await hashPassword(password))
      if (!user)
        throw new DeskError(
          'EMAIL_TAKEN',
          'There is an account with this e-mail address already. Sign in instead.',
        )
      return reply.code(201).send(signIn(user))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/auth/login',
    schema: {
      tags: ['auth'],
      summary: 'Sign in',
      body: Credentials.extend({ password: z.string().min(1).max(256) }),
      response: { 200: SignedIn, 401: Problem },
    },
    async handler({ body: { email, password } }) {
      const user = await findUserByEmail(db, email)
      const correct = user ? await verifyPassword(password, user.passwordHash) : await verifyNobody(password)
      if (!user || !correct) throw new DeskError('WRONG_CREDENTIALS', 'E-mail address or password is wrong.')
      return signIn(user)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/auth/me',
    onRequest: authenticate,
    schema: {
      tags: ['auth'],
      summary: 'Who am I',
      response: { 200: z.object({ user: UserView }), 401: Problem },
    },
    async handler({ user: { sub } }) {
      const user = await findUser(db, sub)
      if (!user) throw new DeskError('UNAUTHENTICATED', 'This account does not exist any more.')
      return { user }
    },
  })
}

/** Lets only requests with a valid token through. */
export async function authenticate(request: FastifyRequest, _reply: FastifyReply): Promise<void> {
  try {
    await request.jwtVerify()
  } catch (error) {
    throw tokenError(error)
  }
}

/** Why a token is not accepted, in the desk's words. */
export function tokenError(error: unknown): DeskError {
  const code = (error as { code?: string }).code
  if (code === 'FST_JWT_AUTHORIZATION_TOKEN_EXPIRED' || code === 'FAST_JWT_EXPIRED') {
    return new DeskError('TOKEN_EXPIRED', 'The session has expired. Sign in again.')
  }
  return new DeskError(
    'UNAUTHENTICATED',
    'Send the token that signing in gave, as Authorization: Bearer <token>.',
  )
}
