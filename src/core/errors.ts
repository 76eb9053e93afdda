/**
 * Every failure that Holdfast reports: one class and one stable code each. `docs/reference/errors.md` lists
 * them with causes and remedies; a test holds that page and this file to each other.
 */

/** The codes, stable across releases: switch on these rather than on messages. */
export type ErrorCode =
  | 'HF_DECLARATION'
  | 'HF_INVALID_ID'
  | 'HF_INVALID_VALUE'
  | 'HF_VALUE_TOO_LARGE'
  | 'HF_LOAD_FAILED'
  | 'HF_LOAD_TIMEOUT'
  | 'HF_TOO_OLD'
  | 'HF_STORE_UNAVAILABLE'
  | 'HF_STORE_TIMEOUT'
  | 'HF_STORE_REFUSED'
  | 'HF_PARTLY_STORED'
  | 'HF_LOCK_NOT_ACQUIRED'
  | 'HF_LEASE_LOST'
  | 'HF_FENCED_OFF'
  | 'HF_WRITE_ROLLED_BACK'
  | 'HF_WRITE_UNKNOWN'
  | 'HF_WRITE_NESTED'
  | 'HF_TOO_MANY_KEYS'
  | 'HF_GATE'
  | 'HF_IDEMPOTENCY_MISMATCH'
  | 'HF_IDEMPOTENCY_NOT_BEGUN'
  | 'HF_JOB_TIMEOUT'
  | 'HF_JOB_REFUSED'
  | 'HF_IDEMPOTENCY_CONFLICT'
  | 'HF_FINAL_FAILURE'
  | 'HF_REVOCATION_UNKNOWN'
  | 'HF_DENIED'
  | 'HF_CONTENDED'
  | 'HF_COLLECTION_FULL'
  | 'HF_VERSION_CONFLICT'
  | 'HF_LIVE_REFUSED'
  | 'HF_CLOSED'
  | 'HF_EMBEDDED'

/** The parent of all errors thrown by Holdfast. */
export class HoldfastError extends Error {
  /** The stable code of this failure. */
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
  }
}

/** A keyspace, an option or the `maxAge` of a read is written wrongly. Nothing was done. */
export class DeclarationError extends HoldfastError {
  /** The field at fault, for example `price.ttl`. */
  readonly field: string

  constructor(field: string, problem: string) {
    super('HF_DECLARATION', `${field}: ${problem}`)
    this.field = field
  }
}

/** A parameter of an id is missing, empty, too long or no text. */
export class InvalidIdError extends HoldfastError {
  /** The key pattern that the id was meant for. */
  readonly pattern: string

  constructor(pattern: string, problem: string) {
    super('HF_INVALID_ID', `${pattern}: ${problem}`)
    this.pattern = pattern
  }
}

/** A value that the keyspace's schema refuses, or that cannot be encoded. Nothing was stored. */
export class InvalidValueError extends HoldfastError {
  constructor(keyspace: string, problem: string, cause?: unknown) {
    super('HF_INVALID_VALUE', `${keyspace}: ${problem}`, cause)
  }
}

/** An encoded value is larger than its keyspace allows. Nothing was stored. */
export class ValueTooLargeError extends HoldfastError {
  constructor(keyspace: string, bytes: number, maxBytes: number) {
    super(
      'HF_VALUE_TOO_LARGE',
      `${keyspace}: the value takes ${bytes} bytes, more than the ${maxBytes} of maxValueBytes. Store less, or raise the limit.`,
    )
  }
}

/** The loader of a keyspace failed; `cause` is what it threw. */
export class LoadError extends HoldfastError {
  constructor(key: string, cause: unknown) {
    super(
      'HF_LOAD_FAILED',
      `loading ${key} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    )
  }
}

/** The loader of a keyspace did not answer within `loadTimeout`. Its signal was aborted. */
export class LoadTimeoutError extends HoldfastError {
  constructor(key: string, timeoutMs: number) {
    super('HF_LOAD_TIMEOUT', `loading ${key} took longer than ${timeoutMs} ms`)
  }
}

/** The freshest value that can be had is older than the `maxAge` of the call. */
export class TooOldError extends HoldfastError {
  /** How old the value is. */
  readonly ageMs: number

  constructor(key: string, ageMs: number, maxAgeMs: number) {
    super('HF_TOO_OLD', `${key} is ${Math.round(ageMs)} ms old, maxAge allows ${maxAgeMs} ms`)
    this.ageMs = ageMs
  }
}

/** Where a value may be: the memory of this process, or the store. */
export type StorageTier = 'l1' | 'l2'

/** The parent of what goes wrong with the store. */
export class StoreError extends HoldfastError {
  /** Of a failed `set`, `delete` or `expire`: the tiers that hold the old value no longer, all the same. */
  acknowledgedBy: readonly StorageTier[] = []
}

/** The store cannot be reached. Commands are never queued for later nor sent twice. */
export class StoreUnavailableError extends StoreError {
  constructor(problem: string, cause?: unknown) {
    super('HF_STORE_UNAVAILABLE', problem, cause)
  }
}

/** The store did not answer within the deadline. A write may still have happened. */
export class StoreTimeoutError extends StoreError {
  constructor(operation: string, deadlineMs: number) {
    super(
      'HF_STORE_TIMEOUT',
      `${operation}: no answer from Redis within ${deadlineMs} ms; a write may still have happened`,
    )
  }
}

/** The store answered with an error: out of memory, no permission, wrong type. `cause` is its reply. */
export class StoreRefusedError extends StoreError {
  constructor(operation: string, cause: Error) {
    super('HF_STORE_REFUSED', `${operation}: Redis refused: ${cause.message}`, cause)
  }
}

/** Some values of a `setMany` were not confirmed by the store; the others are stored. */
export class PartlyStoredError extends HoldfastError {
  /** How many values are stored. */
  readonly stored: number
  /** The keys without a confirmation, and why: each may hold the old value or the new one. */
  readonly failed: readonly { readonly key: string; readonly error: unknown }[]

  constructor(stored: number, failed: PartlyStoredError['failed']) {
    const first = failed[0]
    const reason = first?.error instanceof Error ? first.error.message : String(first?.error)
    super(
      'HF_PARTLY_STORED',
      `${failed.length} of ${failed.length + stored} values are not confirmed, the first of them ${first?.key}: ${reason}`,
      first?.error,
    )
    this.stored = stored
    this.failed = failed
  }
}

/** Somebody else holds the lock, and went on to hold it for as long as this caller would wait. */
export class LockNotAcquiredError extends HoldfastError {
  /** When the other one's lease ends, if it is not renewed. */
  readonly retryAfterMs: number

  constructor(key: string, retryAfterMs: number) {
    super('HF_LOCK_NOT_ACQUIRED', `${key} is held by somebody else`)
    this.retryAfterMs = retryAfterMs
  }
}

/** An UPDATE changed no row that a newer holder of the lock has written, or that is not there. Nothing was written. */
export class FencedOffError extends HoldfastError {
  constructor(token: bigint) {
    super(
      'HF_FENCED_OFF',
      `no row was changed under the fencing token ${token}: a later holder of the lock wrote it, or there is none`,
    )
  }
}

/** The lease ended before the work did: the lock may belong to somebody else by now. */
export class LeaseLostError extends HoldfastError {
  constructor(key: string, leaseMs: number) {
    super('HF_LEASE_LOST', `the lease of ${leaseMs} ms on ${key} was lost before the work ended`)
  }
}

/**
 * The transaction of a `write` was doomed: one of its statements failed, and its body went on as if it had not.
 * PostgreSQL answers the COMMIT of such a transaction with a ROLLBACK and no error. Nothing was changed.
 */
export class WriteRolledBackError extends HoldfastError {
  constructor(cause: unknown) {
    super(
      'HF_WRITE_ROLLED_BACK',
      `a statement of this write failed, and its body caught the error and went on: everything is rolled back. Let the error through, or use a savepoint. (${cause instanceof Error ? cause.message : String(cause)})`,
      cause,
    )
  }
}

/**
 * How a transaction ended. `in progress`: it has not, as far as PostgreSQL knows; ask again. `unknown`: PostgreSQL
 * does not answer, or does not know any more, since it crashed or was restored.
 */
export type WriteOutcome = 'committed' | 'rolled-back' | 'in progress' | 'unknown'

/**
 * The COMMIT of a `write` was sent and not answered, and PostgreSQL could not be asked in time. It may have happened.
 * Strong reads are right either way: they go to PostgreSQL until the outcome is known.
 */
export class WriteUnknownError extends HoldfastError {
  /** Asks PostgreSQL again how it ended, for at most 2 s, and settles what it says. Never rejects. */
  readonly resolve: () => Promise<WriteOutcome>

  constructor(transactionId: string, resolve: () => Promise<WriteOutcome>, cause: unknown) {
    super(
      'HF_WRITE_UNKNOWN',
      `transaction ${transactionId} was about to commit when its connection failed; whether it did is not known yet. Ask resolve().`,
      cause,
    )
    this.resolve = resolve
  }
}

/** A `write` was called inside the body of another one. Nothing of the inner one was done. */
export class NestedWriteError extends HoldfastError {
  constructor() {
    super(
      'HF_WRITE_NESTED',
      'write was called inside the body of another write: it would be a transaction of its own, on another connection. Use the session and the changes of the outer one; for a part that may fail, a savepoint.',
    )
  }
}

/** A `write` changes more strong keys than it can fence at once. It is rolled back. */
export class TooManyKeysError extends HoldfastError {
  constructor(keys: number, most: number) {
    super(
      'HF_TOO_MANY_KEYS',
      `a write changes at most ${most} strong keys, this one ${keys}: split it, or close the gate around the job (holdfast gate close, and gate open afterwards)`,
    )
  }
}

/** The gate could not be opened or closed by hand, or there is none. */
export class GateError extends HoldfastError {
  constructor(problem: string, cause?: unknown) {
    super('HF_GATE', problem, cause)
  }
}

/** An idempotency key was used before, for something else. Nothing was done. */
export class IdempotencyMismatchError extends HoldfastError {
  constructor(key: string) {
    super(
      'HF_IDEMPOTENCY_MISMATCH',
      `${key} was used before with another request: use a new key for another operation`,
    )
  }
}

/** The outcome of an operation was to be stored that nobody began, or whose time is over. */
export class IdempotencyNotBegunError extends HoldfastError {
  constructor(key: string) {
    super('HF_IDEMPOTENCY_NOT_BEGUN', `${key} is not running: begin() it first, within its ttl`)
  }
}

/** An attempt at a job took longer than its queue allows. `signal.reason` after the soft limit; the failure after the hard one. */
export class JobTimeoutError extends HoldfastError {
  constructor(job: string, which: 'soft' | 'hard', limitMs: number) {
    super('HF_JOB_TIMEOUT', `${job} took longer than its ${which} limit of ${limitMs} ms`)
  }
}

/** For handlers to throw: this job can never be done. It is dead at once, with this reason. */
export class JobRefusedError extends HoldfastError {
  constructor(reason: string, cause?: unknown) {
    super('HF_JOB_REFUSED', reason, cause)
  }
}

/** The operation is under way, and did not end within the `wait` of this call. */
export class IdempotencyConflictError extends HoldfastError {
  /** When to ask again: for the header Retry-After, in milliseconds. */
  readonly retryAfterMs: number

  constructor(key: string, retryAfterMs: number) {
    super('HF_IDEMPOTENCY_CONFLICT', `${key} is being done: ask again in ${retryAfterMs} ms`)
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * For the work of an idempotent `run` to throw: it failed for good, as an order without the money for it. It is stored,
 * and whoever asks again gets the same failure. Whatever else the work throws may be tried again.
 */
export class FinalFailure extends HoldfastError {
  /** A word of the application's, to decide by. */
  readonly reason: string
  /** It was stored before. */
  readonly replayed: boolean

  constructor(reason: string, message: string = reason, replayed = false) {
    super('HF_FINAL_FAILURE', message)
    this.reason = reason
    this.replayed = replayed
  }
}

/**
 * Whether something was revoked, or whether a revocation was written down, is not known: PostgreSQL does not answer.
 * Nobody is let in meanwhile.
 */
export class RevocationUnknownError extends HoldfastError {
  constructor(limitMs: number, cause?: unknown) {
    const reason = cause instanceof Error ? cause.message : `no answer within ${limitMs} ms`
    super('HF_REVOCATION_UNKNOWN', `what was revoked is not known: PostgreSQL: ${reason}`, cause)
  }
}

/** The token was denied before its own end. */
export class DeniedError extends HoldfastError {
  constructor(keyspace: string) {
    super('HF_DENIED', `${keyspace}: this token was revoked`)
  }
}

/** Others changed the same thing again and again while this call tried to. Nothing was changed. */
export class ContendedError extends HoldfastError {
  constructor(what: string, tries: number) {
    super(
      'HF_CONTENDED',
      `${what} was changed by others between reading and writing, ${tries} times in a row`,
    )
  }
}

/** A collection has as many members as its keyspace allows. Nothing was added. */
export class CollectionFullError extends HoldfastError {
  constructor(key: string, max: number) {
    super('HF_COLLECTION_FULL', `${key} would have more members than max, ${max}: nothing was added`)
  }
}

/** A record has another version than the caller expected. Nothing was changed. */
export class VersionConflictError extends HoldfastError {
  /** The version that it has; 0 when nothing is set. */
  readonly found: number

  constructor(key: string, expected: number, found: number) {
    super('HF_VERSION_CONFLICT', `${key} has the version ${found}, not ${expected}: somebody has changed it`)
    this.found = found
  }
}

/** A client of a live bridge may not have what it asked for. Thrown by `may` and `authenticate`, and told to the client. */
export class LiveRefusedError extends HoldfastError {
  /** What the client is told: a code of its own for programs, and words. */
  readonly problem: { readonly code: string; readonly detail: string }

  /** `code`: as in `AGENT_UNKNOWN`. */
  constructor(code: string, detail: string) {
    super('HF_LIVE_REFUSED', `${code}: ${detail}`)
    this.problem = { code, detail }
  }
}

/** The call came after `close()`. */
export class ClosedError extends HoldfastError {
  constructor() {
    super('HF_CLOSED', 'this state is closed: open a new one')
  }
}

/** A private server could not be found, started or stopped. */
export class EmbeddedError extends HoldfastError {
  constructor(problem: string, cause?: unknown) {
    super('HF_EMBEDDED', problem, cause)
  }
}
