import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { createUser, findUser, findUserByEmail, type User } from '../db/users.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { App } from './app.ts'
import type { DeskState } from '../ops/state.ts'
import { type LockoutParts, orLockOut } from './lockout.ts'
import { hashPassword, verifyNobody, verifyPassword } from './passwords.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'

const tags = ['auth']
/** Of what a browser says that it is. */
const LONGEST_DEVICE = 200
const Email = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.email('is no e-mail address').max(254, 'must have at most 254 characters'))
const LongestPassword = z.string().max(256, 'must have at most 256 characters')
const NewAccount = z.strictObject({
  email: Email,
  password: LongestPassword.min(8, 'must have at least 8 characters'),
})
const Credentials = z.strictObject({ email: Email, password: LongestPassword.min(1, 'must not be empty') })
const UserView = z.object({ id: z.uuid(), email: z.string() }).meta({ id: 'User' })
const SignedIn = z
  .object({ token: z.string(), expiresAt: z.iso.datetime(), user: UserView })
  .meta({ id: 'SignedIn' })

/** What accounts stand on. */
export interface AuthParts extends LockoutParts {
  readonly db: Database
  readonly state: LockoutParts['state'] & Pick<DeskState, 'login'>
  readonly tokens: Tokens
}

/** Accounts: make one, sign in, ask who one is. */
export function authRoutes(app: App, parts: AuthParts): void {
  const { db, state, tokens } = parts
  const signIn = async ({ id, email }: User, request: FastifyRequest): Promise<z.infer<typeof SignedIn>> => {
    const device = (request.headers['user-agent'] ?? '').slice(0, LONGEST_DEVICE)
    const begun = await state.login.create({ userId: id }, { device, address: request.ip })
    return { ...tokens.issue({ id, email }, { sid: begun.id }), user: { id, email } }
  }

  app.route({
    method: 'POST',
    url: '/api/v1/auth/register',
    schema: {
      tags,
      summary: 'Make an account',
      body: NewAccount,
      response: { 201: SignedIn, ...problems(400, 409, 503) },
    },
    async handler(request, reply) {
      const { email, password } = request.body
      const user = await createUser(db, email, await hashPassword(password))
      if (!user)
        throw new DeskError(
          'EMAIL_TAKEN',
          'There is an account with this e-mail address already. Sign in instead.',
        )
      return reply.code(201).send(await signIn(user, request))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/auth/login',
    schema: {
      tags,
      summary: 'Sign in',
      body: Credentials,
      response: { 200: SignedIn, ...problems(400, 401, 429, 503) },
    },
    async handler(request) {
      const { email, password } = request.body
      const user = await orLockOut(parts, email, async () => {
        const found = await findUserByEmail(db, email)
        const correct = found
          ? await verifyPassword(password, found.passwordHash)
          : await verifyNobody(password)
        return correct ? found : null
      })
      if (!user) throw new DeskError('WRONG_CREDENTIALS', 'E-mail address or password is wrong.')
      return signIn(user, request)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/auth/me',
    onRequest: tokens.guard,
    schema: {
      tags,
      summary: 'Who am I',
      security: BEARER,
      response: { 200: z.object({ user: UserView }), ...problems(401, 503) },
    },
    async handler({ user: { sub } }) {
      const user = await findUser(db, sub)
      if (!user) throw new DeskError('UNAUTHENTICATED', 'This account does not exist any more.')
      return { user }
    },
  })
}
