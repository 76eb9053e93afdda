import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { namesLoopback } from '../ops/loopback.ts'
import { SERVICE } from '../ops/shared-log.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
const MOST = 'must be a whole number from 1 to 1000'
const Line = z.object({
  seq: z.number(),
  at: z.iso.datetime(),
  module: z.string(),
  level: z.enum(LEVELS),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()),
})
const View = z
  .object({
    lines: z.array(Line),
    counts: z.array(z.object({ module: z.string(), level: z.enum(LEVELS), count: z.number() })),
  })
  .meta({ id: 'Logs' })

/** What the processes of the desk had to say: for whoever sits at this machine. */
export function logRoutes(app: App, { state }: { state: DeskState }): void {
  app.route({
    method: 'GET',
    url: '/api/v1/logs',
    schema: {
      tags: ['desk'],
      summary: 'The last lines of all processes, and how many there were this hour',
      description: 'For requests that name this machine: localhost, 127.0.0.1, [::1].',
      querystring: z.object({
        level: z.enum(LEVELS).default('trace').describe('This bad or worse.'),
        module: z.string().min(1).max(64).optional(),
        most: z.coerce
          .number(MOST)
          .int(MOST)
          .min(1, MOST)
          .max(1_000, MOST)
          .default(100)
          .describe('Of the last so many.'),
      }),
      response: { 200: View, ...problems(400, 404, 503) },
    },
    preHandler: async (request: FastifyRequest, reply) => {
      if (!namesLoopback(request.headers.host)) reply.callNotFound()
    },
    async handler({ query: { level, module, most } }) {
      const filter = { level, ...(module !== undefined && { module }) }
      const [lines, counts] = await Promise.all([
        state.deskLog.history(SERVICE, most, filter),
        state.deskLog.counts(SERVICE),
      ])
      return {
        lines: lines.map(({ seq, atMs, module: from, level: how, message, fields }) => {
          return { seq, at: new Date(atMs).toISOString(), module: from, level: how, message, fields }
        }),
        counts: [...counts],
      }
    },
  })
}
