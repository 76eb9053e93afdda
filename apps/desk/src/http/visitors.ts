import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Clock } from 'holdfast'
import type { Logger } from 'pino'
import { z } from 'zod'
import { watchOutage } from '../ops/outage.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'

const SITE = { site: 'desk' }
const DAY_MS = 86_400_000
/** So many visitors of a day are remembered here, so as not to note them with each request. */
const MOST_REMEMBERED = 10_000
const View = z.object({ today: z.number(), lastWeek: z.number() }).meta({ id: 'Visitors' })

/** What counting visitors stands on. */
export interface VisitorParts {
  readonly state: DeskState
  readonly clock: Clock
  readonly log: Logger
}

/** Counts who asks the API for something. Nobody waits for it, and nothing fails with it. */
export function visitorRoutes(app: App, { state, clock, log }: VisitorParts): void {
  const outage = watchOutage(log, 'counting visitors')
  let day = -1
  let known = new Set<string>()
  app.addHook('onResponse', async (request) => {
    if (!request.url.startsWith('/api/')) return
    const today = Math.floor(clock.wall() / DAY_MS)
    if (today !== day || known.size >= MOST_REMEMBERED) known = new Set()
    day = today
    const visitor = visitorOf(request)
    if (known.has(visitor)) return
    known.add(visitor)
    await state.visitors.add(SITE, visitor).then(outage.worked, (error: unknown) => {
      // To be noted with the next request.
      known.delete(visitor)
      outage.failed(error)
    })
  })

  app.route({
    method: 'GET',
    url: '/api/v1/visitors',
    schema: {
      tags: ['desk'],
      summary: 'How many different visitors there were',
      description: 'Of today (UTC), and of the last seven days, today included. An estimate, to about 1 %.',
      response: { 200: View, ...problems(503) },
    },
    async handler() {
      const [today, lastWeek] = await Promise.all([state.visitors.count(SITE), state.visitors.last(SITE, 7)])
      return { today, lastWeek }
    },
  })
}

/** Who is signed in is one visitor wherever; of others a digest of address and browser tells them apart. */
function visitorOf(request: FastifyRequest): string {
  const { user, ip, headers } = request as FastifyRequest & {
    readonly user?: { readonly sub: string } | null
  }
  if (user) return user.sub
  return createHash('sha256')
    .update(`${ip}\n${headers['user-agent'] ?? ''}`)
    .digest('base64url')
}
