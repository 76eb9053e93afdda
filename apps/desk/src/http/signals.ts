import { z } from 'zod'
import { DeskError } from '../domain/desk-error.ts'
import { listedAsset } from '../market/price-view.ts'
import type { DeskState } from '../ops/state.ts'
import { SIGNAL_TYPES } from '../trading/rules/config.ts'
import type { FanOut } from '../trading/signals/fan-out.ts'
import { Execution } from '../trading/signals/signal.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'

const STRENGTH = 'must be a whole number from 1, weak, to 5, strong'
const NewSignal = z.strictObject({
  chain: z.string().max(32),
  asset: z.string().max(128),
  type: z.string().max(32),
  strength: z.int(STRENGTH).min(1, STRENGTH).max(5, STRENGTH),
  source: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(60, 'must have at most 60 characters')
    .refine((text) => !text.includes('\0'), 'must not contain NUL characters'),
})
const SignalView = z
  .object({
    id: z.number(),
    chain: z.string(),
    asset: z.string(),
    type: z.string(),
    strength: z.number(),
    source: z.string(),
    executions: z.array(Execution),
  })
  .meta({ id: 'Signal' })

/** What the routes of signals stand on. */
export interface SignalParts {
  readonly state: DeskState
  readonly fanOut: FanOut
  readonly tokens: Tokens
}

/** Advice to trade, from outside. */
export function signalRoutes(app: App, { state, fanOut, tokens }: SignalParts): void {
  app.route({
    onRequest: tokens.guard,
    method: 'POST',
    url: '/api/v1/signals',
    schema: {
      tags: ['trading'],
      summary: 'Give my agents a signal',
      description:
        'Each of my agents that is active and takes signals of this kind trades on it once. The same signal counts once a minute.',
      security: BEARER,
      body: NewSignal,
      response: { 202: SignalView, ...problems(400, 401, 404, 409, 503) },
    },
    async handler({ user, body }, reply) {
      if (!SIGNAL_TYPES.some((known) => known === body.type)) {
        const type = JSON.stringify(body.type)
        throw new DeskError(
          'SIGNAL_TYPE_UNKNOWN',
          `type: ${type} is none that agents know; they know: ${SIGNAL_TYPES.join(', ')}.`,
        )
      }
      const { chain, asset } = await listedAsset(state, body.chain, body.asset)
      const { type, strength, source } = body
      const advice = { userId: user.sub, chain, asset, type, strength, source }
      const { signal, executions } = await fanOut.accept(advice)
      const { id } = signal
      return reply.code(202).send({ id, chain, asset, type, strength, source, executions })
    },
  })
}
