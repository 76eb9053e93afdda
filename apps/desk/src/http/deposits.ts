import { z } from 'zod'
import type { Trading } from '../trading/trading.ts'
import type { App } from './app.ts'
import { IdempotencyHeader, idempotencyKeyOf } from './idempotency-key.ts'
import { AgentParams } from './own-agent.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'
import { TransactionView } from './trade-view.ts'

const Deposit = z.strictObject({
  chain: z.string().max(32),
  amount: z.string("must be a decimal as text, such as '1000'").max(100),
  currency: z
    .string()
    .max(12)
    .optional()
    .describe('Needed only where the assets of a chain have several quotes.'),
})

/** Play money for agents that trade on paper. */
export function depositRoutes(app: App, { trading, tokens }: { trading: Trading; tokens: Tokens }): void {
  app.route({
    onRequest: tokens.guard,
    method: 'POST',
    url: '/api/v1/agents/:id/deposits',
    schema: {
      tags: ['trading'],
      summary: 'Give a paper agent money',
      description: 'Needs an Idempotency-Key: the same deposit with the same key is made once.',
      security: BEARER,
      params: AgentParams,
      headers: IdempotencyHeader,
      body: Deposit,
      response: { 200: TransactionView, 201: TransactionView, ...problems(400, 401, 404, 409, 422, 503) },
    },
    async handler(request, reply) {
      const { user, params, body } = request
      const key = `deposit:${idempotencyKeyOf(request)}`
      const { transaction, replayed } = await trading.deposit(user.sub, key, { agentId: params.id, ...body })
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply
        .code(replayed ? 200 : 201)
        .send({ ...transaction, status: 'CONFIRMED' as const, error: null })
    },
  })
}
