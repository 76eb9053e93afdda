import {
  type Attempt,
  FinalFailure,
  HoldfastError,
  IdempotencyConflictError,
  type Idempotency,
  type Immutable,
  type RunIdempotentOptions,
} from '../index.ts'
import { parseIdempotencyKey } from '../web/idempotency-key.ts'
import { type Refusal, refusal } from '../web/problem.ts'
import { answer, type FastifyReply, type FastifyRequest } from './reply.ts'

/** How a route is done once for each Idempotency-Key. */
export interface IdempotentOptions<Request, Id, Value, Session, Changes> extends Pick<
  RunIdempotentOptions<Value, Session, Changes>,
  'wait' | 'onTakeover'
> {
  /** The id of the operation: whose it is, and the key that the client sent. */
  readonly id: (request: Request, key: string) => Id
  /** What the request asks for: the same key with another one is refused. Default: method, URL and body. */
  readonly fingerprint?: (request: Request) => string
  /** The status of a result. Default 200. */
  readonly status?: number
  /** The status of a `FinalFailure`, by its reason. Default 409 for all. */
  readonly failureStatus?: (reason: string) => number
}

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
  const { id, fingerprint = fingerprintOf, status = 200, failureStatus = () => 409, ...run } = options
  return async (request, reply) => {
    const parsed = parseIdempotencyKey(request.headers['idempotency-key'])
    if (typeof parsed === 'string') return answer(reply, KEY_REFUSED[parsed])
    try {
      const { result, replayed } = await operations.run(
        id(request, parsed.key),
        fingerprint(request),
        (attempt) => work(request, attempt),
        run,
      )
      if (replayed) reply.header(REPLAYED, 'true')
      reply.code(status)
      return reply.send(result)
    } catch (error) {
      if (error instanceof FinalFailure && error.replayed) reply.header(REPLAYED, 'true')
      const refused = refusalOf(error, failureStatus)
      if (refused) return answer(reply, refused)
      throw error
    }
  }
}

const REPLAYED = 'idempotent-replayed'

const KEY_REFUSED = {
  missing: refusal(
    400,
    'IDEMPOTENCY_KEY_REQUIRED',
    'Send an Idempotency-Key header: any text that is new for each operation and the same for each retry of it.',
  ),
  invalid: refusal(
    400,
    'IDEMPOTENCY_KEY_INVALID',
    'An Idempotency-Key has 1 to 128 visible ASCII characters, without quotes, backslashes and spaces.',
  ),
}

function refusalOf(error: unknown, failureStatus: (reason: string) => number): Refusal | undefined {
  if (error instanceof FinalFailure) return refusal(failureStatus(error.reason), error.reason, error.message)
  if (error instanceof IdempotencyConflictError)
    return refusal(
      409,
      'IDEMPOTENCY_CONFLICT',
      'A request with this key is being answered.',
      error.retryAfterMs,
    )
  if (error instanceof HoldfastError && error.code === 'HF_IDEMPOTENCY_MISMATCH')
    return refusal(422, 'IDEMPOTENCY_MISMATCH', 'This key was used before, for another request.')
  return undefined
}

function fingerprintOf({ method, url, body }: FastifyRequest): string {
  return JSON.stringify([method, url, body])
}
