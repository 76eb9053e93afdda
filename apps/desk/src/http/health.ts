import type { Clock } from 'holdfast'
import type { Logger } from 'pino'
import { z } from 'zod'
import { withinDeadline } from '../timing/deadline.ts'
import type { App } from './app.ts'

/** One thing that the desk needs: whether it works, in words that anybody may read. */
export interface Check {
  readonly name: string
  /** Resolves with a remark; rejects with what is wrong. */
  readonly probe: () => Promise<string>
}

/** What health is made of. */
export interface HealthParts {
  readonly checks: readonly Check[]
  readonly clock: Clock
  readonly log: Logger
}

const CheckStatus = z.enum(['ok', 'failing'])
const Health = z
  .object({
    status: CheckStatus,
    checks: z.array(z.object({ name: z.string(), status: CheckStatus, detail: z.string() })),
  })
  .meta({ id: 'Health' })
const PROBE_TIMEOUT_MS = 3_000
const tags = ['health']

/** For supervisors: live means "do not restart me", ready means "send me requests". */
export function healthRoutes(app: App, { checks, clock, log }: HealthParts): void {
  app.route({
    method: 'GET',
    url: '/health/live',
    schema: { tags, summary: 'The process runs', response: { 200: Health } },
    handler: async () => ({ status: 'ok' as const, checks: [] }),
  })

  const probed = async ({ name, probe }: Check): Promise<z.infer<typeof Health>['checks'][number]> => {
    try {
      const detail = await withinDeadline(clock, PROBE_TIMEOUT_MS, probe(), () => {
        return new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`)
      })
      return { name, status: 'ok', detail }
    } catch (error) {
      log.warn({ err: error, check: name }, 'not ready')
      return { name, status: 'failing', detail: error instanceof Error ? error.message : String(error) }
    }
  }

  app.route({
    method: 'GET',
    url: '/health/ready',
    schema: { tags, summary: 'Every dependency answers', response: { 200: Health, 503: Health } },
    async handler(_request, reply) {
      const results = await Promise.all(checks.map(probed))
      const failing = results.some(({ status }) => status === 'failing')
      return reply.code(failing ? 503 : 200).send({ status: failing ? 'failing' : 'ok', checks: results })
    },
  })
}
