import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from 'holdfast'
import { liveStream } from 'holdfast/fastify'
import { events, openLive } from 'holdfast/live'
import type { Logger } from 'pino'
import { namesLoopback } from '../ops/loopback.ts'
import { SERVICE } from '../ops/shared-log.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'

const MOST_CONNECTIONS = 20

/** `GET /api/v1/logs/live`: the lines of all processes as they come, as server-sent events. As `logRoutes` otherwise. */
export function logStream(
  app: App,
  { state, clock, log }: { readonly state: DeskState; readonly clock: Clock; readonly log: Logger },
): void {
  const lines = events({
    key: 'log',
    // Whoever can ask sits here.
    may: () => true,
    follow: (_, options) => state.deskLog.tail(SERVICE, options),
    value: ({ seq, atMs, module, level, message, fields }) => {
      return { seq, at: new Date(atMs).toISOString(), module, level, message, fields }
    },
  })
  const live = openLive([lines], {
    authenticate: () => ({ who: 'local' }),
    limits: { mostConnections: MOST_CONNECTIONS },
    onError: (error, during) => log.error({ err: error }, `the live log: ${during} failed`),
    clock,
  })
  liveStream(app, live, {
    url: '/api/v1/logs/live',
    topicsOf: () => ['log'],
    tokenOf: () => 'local',
    clock,
    route: {
      schema: { hide: true },
      preHandler: async (request: FastifyRequest, reply: FastifyReply) => {
        if (!namesLoopback(request.headers.host)) reply.callNotFound()
      },
    },
  })
}
