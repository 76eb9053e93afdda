import type { Attempt, Idempotency, Immutable } from '../index.ts'
import { answerOnce, type IdempotentOptions } from '../web/idempotent.ts'
import type { ExpressRequest, ExpressResponse } from './message.ts'

/**
 * A route handler that does its work once for each Idempotency-Key, and answers with the result as JSON. The body is
 * part of what is asked for as far as a parser before it, such as `express.json()`, has read it.
 *
 * - the same request again: the same answer, with `idempotent-replayed: true`; also of a `FinalFailure`
 * - while another is being done, and `wait` is over: 409 with Retry-After
 * - the key was used for another request: 422
 * - no key, or none that can be one: 400
 *
 * What else the work throws goes to `next`, and may be tried again under the same key.
 */
export function idempotent<Request extends ExpressRequest, Id, Value, Session = unknown, Changes = unknown>(
  operations: Idempotency<Id, Value, Session, Changes>,
  options: IdempotentOptions<Request, Id, Value, Session, Changes>,
  work: (request: Request, attempt: Attempt<Value, Session, Changes>) => Promise<Value | Immutable<Value>>,
): (request: Request, response: ExpressResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    // As the client sent it: within a router `url` lacks what the router is mounted under.
    const { method, originalUrl: url, body, headers } = request
    const asked = { method, url, body, key: headers['idempotency-key'] }
    answerOnce(operations, options, request, asked, (attempt) => work(request, attempt))
      .then(({ status, headers: own, result, refused }) => {
        response.statusCode = status
        if (!refused) response.setHeader('content-type', 'application/json; charset=utf-8')
        for (const [name, value] of Object.entries(own)) response.setHeader(name, value)
        response.end(refused ? refused.body : JSON.stringify(result))
      })
      .catch(next)
  }
}
