import { z } from 'zod'
import type { App } from './app.ts'

/** One thing that the desk needs: whether it works, in words. */
export interface Check {
  readonly name: string
  /** Resolves with a remark; rejects with what is wrong. */
  readonly probe: () => Promise<string>
}

const Health = z.object({
  status: z.enum(['ok', 'failing']),
  checks: z.array(z.object({ name: z.string(), status: z.enum(['ok', 'failing']), detail: z.string() })),
})
const tags = ['health']

/** For supervisors: live means "do not restart me", ready means "send me requests". */
export function healthRoutes(app: App, checks: readonly Check[]): void {
  app.route({
    method: 'GET',
    url: '/health/live',
    schema: { tags, summary: 'The process runs', response: { 200: Health } },
    handler: async () => ({ status: 'ok' as const, checks: [] }),
  })

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

async function probed({ name, probe }: Check): Promise<z.infer<typeof Health>['checks'][number]> {
  try {
    return { name, status: 'ok', detail: await probe() }
  } catch (error) {
    return { name, status: 'failing', detail: error instanceof Error ? error.message : String(error) }
  }
}
