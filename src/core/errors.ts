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
  | 'HF_LOCK_NOT_ACQUIRED'
  | 'HF_LEASE_LOST'
  | 'HF_WRITE_ROLLED_BACK'
  | 'HF_WRITE_UNKNOWN'
  | 'HF_IDEMPOTENCY_MISMATCH'
  | 'HF_IDEMPOTENCY_NOT_BEGUN'
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

/** The store cannot be reached. Commands are never queued for later nor sent twice. */
export class StoreUnavailableError extends HoldfastError {
  constructor(problem: string, cause?: unknown) {
    super('HF_STORE_UNAVAILABLE', problem, cause)
  }
}

/** The store did not answer within the deadline. A write may still have happened. */
export class StoreTimeoutError extends HoldfastError {
  constructor(operation: string, deadlineMs: number) {
    super(
      'HF_STORE_TIMEOUT',
      `${operation}: no answer from Redis within ${deadlineMs} ms; a write may still have happened`,
    )
  }
}

/** The store answered with an error: out of memory, no permission, wrong type. `cause` is its reply. */
export class StoreRefusedError extends HoldfastError {
  constructor(operation: string, cause: Error) {
    super('HF_STORE_REFUSED', `${operation}: Redis refused: ${cause.message}`, cause)
  }
}

/** Somebody else holds the lock. */
export class LockNotAcquiredError extends HoldfastError {
  constructor(key: string) {
    super('HF_LOCK_NOT_ACQUIRED', `${key} is held by somebody else`)
  }
}

/** The lease ended before the work did: the lock may belong to somebody else by now. */
export class LeaseLostError extends HoldfastError {
  constructor(key: string, leaseMs: number) {
    super('HF_LEASE_LOST', `the lease of ${leaseMs} ms on ${key} ended before the work did`)
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

/** How a transaction ended. */
export type WriteOutcome = 'committed' | 'rolled-back'

/**
 * The COMMIT of a `write` was sent and not answered, and PostgreSQL could not be asked in time. It may have happened.
 * Strong reads are right either way: they go to PostgreSQL until the outcome is known.
 */
export class WriteUnknownError extends HoldfastError {
  /** Asks PostgreSQL again how it ended. Rejects with WriteUnknownError while it cannot say. */
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
