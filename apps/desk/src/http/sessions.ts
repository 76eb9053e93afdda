import type { Random } from 'holdfast'
import { z } from 'zod'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'
import { refuseBeyond } from './rate-limit.ts'
import { BEARER, LONGEST_TOKEN_SECONDS, type Tokens } from './tokens.ts'

const tags = ['auth']
const Done = z.object({})
const SessionView = z
  .object({
    handle: z.string(),
    device: z.string(),
    address: z.string(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    isThis: z.boolean().describe('The session that this request was sent in.'),
  })
  .meta({ id: 'Session' })
const DAY_SECONDS = 86_400

/** Where a user is signed in, and the ways out. */
export function sessionRoutes(
  app: App,
  { state, tokens, random }: { state: DeskState; tokens: Tokens; random: Random },
): void {
  const guarded = { onRequest: tokens.guard } as const
  const countToken = async (userId: string): Promise<void> =>
    refuseBeyond(await state.programTokens.take({ userId }), 'RATE_LIMITED', 'That is enough for a day.')

  app.route({
    ...guarded,
    method: 'POST',
    url: '/api/v1/auth/logout',
    schema: {
      tags,
      summary: 'Sign out',
      description: 'Ends this session, or the token of a program that sends this.',
      security: BEARER,
      response: { 200: Done, ...problems(401, 503) },
    },
    async handler({ user }) {
      await tokens.end(user)
      return {}
    },
  })

  app.route({
    ...guarded,
    method: 'POST',
    url: '/api/v1/auth/logout-everywhere',
    schema: {
      tags,
      summary: 'Sign out everywhere',
      description: 'Ends all sessions, or all but this one. Tokens of programs go on.',
      security: BEARER,
      body: z.strictObject({ keepThis: z.boolean().default(false) }),
      response: { 200: z.object({ ended: z.number() }), ...problems(400, 401, 503) },
    },
    async handler({ user: { sub, sid }, body: { keepThis } }) {
      const except = keepThis && sid !== undefined ? { except: sid } : {}
      return { ended: await state.login.revokeAll({ userId: sub }, except) }
    },
  })

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/auth/sessions',
    schema: {
      tags,
      summary: 'Where I am signed in',
      security: BEARER,
      response: { 200: z.object({ sessions: z.array(SessionView) }), ...problems(401, 503) },
    },
    async handler({ user: { sub, sid } }) {
      const own = sid === undefined ? null : await state.login.get(sid, { touch: false })
      const sessions = await state.login.list({ userId: sub })
      return {
        sessions: sessions.map(({ handle, value, createdAt, lastUsedAt, expiresAt }) => ({
          handle,
          ...value,
          createdAt: createdAt.toISOString(),
          lastUsedAt: lastUsedAt.toISOString(),
          expiresAt: expiresAt.toISOString(),
          isThis: handle === own?.handle,
        })),
      }
    },
  })

  app.route({
    ...guarded,
    method: 'DELETE',
    url: '/api/v1/auth/sessions/:handle',
    schema: {
      tags,
      summary: 'End one of my sessions',
      security: BEARER,
      params: z.object({ handle: z.string() }),
      response: { 200: Done, ...problems(401, 404, 503) },
    },
    async handler({ user: { sub }, params: { handle } }) {
      if (!(await state.login.revokeListed({ userId: sub }, handle)))
        throw new DeskError('UNKNOWN_SESSION', 'You have no such session; it may have ended.')
      return {}
    },
  })

  app.route({
    ...guarded,
    method: 'POST',
    url: '/api/v1/auth/tokens',
    schema: {
      tags,
      summary: 'Make a token for a program',
      description: 'It has no session, and is valid until its end, or until it is revoked.',
      security: BEARER,
      body: z.strictObject({
        days: z
          .number()
          .int()
          .min(1)
          .max(LONGEST_TOKEN_SECONDS / DAY_SECONDS),
      }),
      response: {
        201: z.object({ id: z.string(), token: z.string(), expiresAt: z.iso.datetime() }),
        ...problems(400, 401, 429, 503),
      },
    },
    async handler({ user: { sub, email }, body: { days } }, reply) {
      await countToken(sub)
      const id = random.secret().slice(0, 22)
      const issued = tokens.issue({ id: sub, email }, { jti: id }, days * DAY_SECONDS)
      return reply.code(201).send({ id, ...issued })
    },
  })

  app.route({
    ...guarded,
    method: 'DELETE',
    url: '/api/v1/auth/tokens/:id',
    schema: {
      tags,
      summary: 'Revoke a token of a program',
      description: 'At once, and for good. An id that is none of yours changes nothing for anybody.',
      security: BEARER,
      params: z.object({ id: z.string().min(1) }),
      response: { 200: Done, ...problems(401, 429, 503) },
    },
    async handler({ user, params: { id } }) {
      await countToken(user.sub)
      await tokens.revoke(user, id)
      return {}
    },
  })
}
