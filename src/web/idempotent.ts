import {
  type Attempt,
  FinalFailure,
  HoldfastError,
  IdempotencyConflictError,
  type Idempotency,
  type Immutable,
  type RunIdempotentOptions,
} from '../index.ts'
import { parseIdempotencyKey } from './idempotency-key.ts'
import { type Refusal, refusal } from './problem.ts'

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

/** What of a request is used. */
export interface RequestAsked {
  readonly method: string
  readonly url: string
  readonly body: unknown
  /** Of the header Idempotency-Key. */
  readonly key: string | readonly string[] | undefined
}

/** How a request is answered: with the result, or with a refusal. */
export interface AnsweredOnce {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** As JSON can say it. */
  readonly result: unknown
  readonly refused: Refusal | undefined
}

const REPLAYED = { 'idempotent-replayed': 'true' }

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

/** Does the work of a request once for its Idempotency-Key. @throws what else the work throws; the truth's errors */
export async function answerOnce<Request, Id, Value, Session, Changes>(
  operations: Idempotency<Id, Value, Session, Changes>,
  options: IdempotentOptions<Request, Id, Value, Session, Changes>,
  request: Request,
  asked: RequestAsked,
  work: (attempt: Attempt<Value, Session, Changes>) => Promise<Value | Immutable<Value>>,
): Promise<AnsweredOnce> {
  const { id, fingerprint, status = 200, failureStatus = () => 409, ...run } = options
  const parsed = parseIdempotencyKey(asked.key)
  if (typeof parsed === 'string') return refusedWith(KEY_REFUSED[parsed], false)
  try {
    const { result, replayed } = await operations.run(
      id(request, parsed.key),
      fingerprint ? fingerprint(request) : JSON.stringify([asked.method, asked.url, asked.body]),
      work,
      run,
    )
    return { status, headers: replayed ? REPLAYED : {}, result: sayable(result), refused: undefined }
  } catch (error) {
    const refused = refusalOf(error, failureStatus)
    if (refused) return refusedWith(refused, error instanceof FinalFailure && error.replayed)
    throw error
  }
}

function refusedWith(refused: Refusal, isReplayed: boolean): AnsweredOnce {
  const headers = { ...(isReplayed && REPLAYED), ...refused.headers }
  return { status: refused.status, headers, result: undefined, refused }
}

/** A bigint as its digits: JSON has no such number, and what was done must be answered. */
function sayable(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(sayable)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sayable(inner)]))
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
