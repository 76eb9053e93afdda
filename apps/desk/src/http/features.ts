import { z } from 'zod'
import { FEATURES } from '../domain/features.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'

const View = z.object({ features: z.record(z.enum(FEATURES), z.boolean()) }).meta({ id: 'Features' })

/** Which parts of the desk are switched on. */
export function featureRoutes(app: App, { state, tokens }: { state: DeskState; tokens: Tokens }): void {
  app.route({
    onRequest: tokens.guard,
    method: 'GET',
    url: '/api/v1/features',
    schema: {
      tags: ['desk'],
      summary: 'Which parts of the desk are on for me',
      security: BEARER,
      response: { 200: View, ...problems(401, 503) },
    },
    async handler({ user }) {
      const on = await state.feature.areOn(
        FEATURES.map((feature) => ({ feature })),
        user.sub,
      )
      const entries = FEATURES.map((feature, index) => [feature, on[index] ?? false] as const)
      return { features: Object.fromEntries(entries) as Record<(typeof FEATURES)[number], boolean> }
    },
  })
}
