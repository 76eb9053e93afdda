import type { Attempt, Idempotency, Immutable } from '../index.ts'
import { answerOnce, type IdempotentOptions } from '../web/idempotent.ts'
import { answer, type FastifyReply, type FastifyRequest } from './reply.ts'

/**
 * A route handler that does its work once for each Idempotency-Key, and answers with the result as JSON.
 *
 * - the same request again: the same answer, with `idempotent-replayed: true`; also of a `FinalFailure`
 * - while another is being done, and `wait` is over: 409 with Retry-After
 * - the key was used for another request: 422
 * - no key, or none that can be one: 400
 *
 * What else the work throws goes to Fastify, and may be tried again under the same key.
 */
export function idempotent<Request extends FastifyRequest, Id, Value, Session = unknown, Changes = unknown>(
  operations: Idempotency<Id, Value, Session, Changes>,
  options: IdempotentOptions<Request, Id, Value, Session, Changes>,
  work: (request: Request, attempt: Attempt<Value, Session, Changes>) => Promise<Value | Immutable<Value>>,
): (request: Request, reply: FastifyReply) => Promise<unknown> {
  return async (request, reply) => {
    const { method, url, body, headers } = request
    const asked = { method, url, body, key: headers['idempotency-key'] }
    const answered = await answerOnce(operations, options, request, asked, (attempt) =>
      work(request, attempt),
    )
    for (const [name, value] of Object.entries(answered.headers)) reply.header(name, value)
    if (answered.refused) return answer(reply, answered.refused)
    reply.code(answered.status)
    if (typeof answered.result !== 'string') return reply.send(answered.result)
    // Fastify would send a text as it is.
    reply.header('content-type', 'application/json; charset=utf-8')
    return reply.send(Buffer.from(JSON.stringify(answered.result)))
  }
}
