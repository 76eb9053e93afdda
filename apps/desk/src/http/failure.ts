import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { HoldfastError, RevocationUnknownError } from 'holdfast'
import { isUnreachable } from '../db/unreachable.ts'
import { AddressError } from '../domain/chains.ts'
import { DeskError, type DeskErrorCode } from '../domain/desk-error.ts'
import type { Failure } from './problem.ts'

const STATUS_OF: Readonly<Record<DeskErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  TOKEN_EXPIRED: 401,
  SESSION_ENDED: 401,
  WRONG_CREDENTIALS: 401,
  LOCKED_OUT: 429,
  UNKNOWN_SESSION: 404,
  EMAIL_TAKEN: 409,
  UNKNOWN_ASSET: 404,
  NO_PRICE: 404,
  UNKNOWN_AGENT: 404,
  TOO_MANY_AGENTS: 409,
  AGENT_PAUSED: 409,
  PAPER_ONLY: 409,
  AMOUNT_INVALID: 400,
  CURRENCY_UNKNOWN: 400,
  INSUFFICIENT_BALANCE: 409,
  BALANCE_BELOW_MINIMUM: 409,
  PURCHASE_LIMIT: 409,
  PRICE_IMPACT_TOO_HIGH: 409,
  STALE_PRICE: 409,
  POSITION_UNKNOWN: 404,
  POSITION_CLOSED: 409,
  POSITION_CHANGED: 409,
  POSITION_EXISTS: 409,
  TOO_MANY_POSITIONS: 409,
  UNKNOWN_TRADE: 404,
  TRADE_IN_PROGRESS: 409,
  IDEMPOTENCY_KEY_REQUIRED: 400,
  IDEMPOTENCY_KEY_INVALID: 400,
  IDEMPOTENCY_MISMATCH: 422,
  RATE_LIMITED: 429,
  COOLDOWN: 429,
  SIGNAL_DUPLICATE: 409,
  SIGNAL_TYPE_UNKNOWN: 400,
  CONFIG_CONTRADICTORY: 400,
  CONFIG_INVALID: 400,
  PREFERENCES_INVALID: 400,
  PREFERENCES_CHANGED: 409,
  BUSY: 503,
  UPGRADE_REQUIRED: 426,
  SETTING: 500,
}

/** What Fastify itself refuses, in our words. */
const REFUSED_BY_FASTIFY: Readonly<Record<string, Failure>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    code: 'MALFORMED_JSON',
    detail: 'The body is not valid JSON.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    code: 'MALFORMED_JSON',
    detail: 'The body is empty; JSON was announced.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'MALFORMED_BODY',
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'BODY_TOO_LARGE',
    detail: 'The body is larger than 64 KiB.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'Send JSON, with Content-Type: application/json.',
  },
  FST_ERR_BAD_URL: {
    status: 400,
    code: 'MALFORMED_URL',
    detail: 'The path is not a valid one: a % must be followed by two hexadecimal digits.',
  },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, code: 'URL_TOO_LONG', detail: 'A part of the path is too long.' },
}

const INTERNAL: Failure = { status: 500, code: 'INTERNAL', detail: 'Something failed on our side.' }

/** What an error means to whoever sent the request. What nobody foresaw is INTERNAL, without its words. */
export function failureOf(error: unknown): Failure {
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error.validation)
  if (error instanceof DeskError) {
    const { code, message, retryAfterMs, errors } = error
    return { status: STATUS_OF[code], code, detail: message, retryAfterMs, errors }
  }
  if (error instanceof AddressError) {
    const { code, message, field } = error
    return { status: 400, code, detail: message, errors: [{ field, message }] }
  }
  return unavailable(error) ?? REFUSED_BY_FASTIFY[codeOf(error)] ?? refused(error) ?? INTERNAL
}

function invalidRequest(
  issues: readonly { readonly instancePath: string; readonly message?: string | undefined }[],
): Failure {
  const errors = issues.map(({ instancePath, message = 'is not accepted' }) => ({
    field: instancePath.replace(/^\//, '').replaceAll('/', '.'),
    message,
  }))
  const detail = errors
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join('; ')
  return { status: 400, code: 'INVALID_REQUEST', detail, errors }
}

/** The store or the database does not answer, or the desk is stopping. */
function unavailable(error: unknown): Failure | undefined {
  const code = error instanceof HoldfastError ? error.code : ''
  if (code.startsWith('HF_STORE_')) {
    return { status: 503, code, detail: 'The state store does not answer. Try again soon.' }
  }
  if (code === 'HF_LOAD_TIMEOUT') {
    return { status: 503, code, detail: 'What was asked for could not be read in time. Try again soon.' }
  }
  if (code === 'HF_WRITE_ROLLED_BACK') {
    return { status: 503, code, detail: 'The change could not be made; nothing was changed. Try again.' }
  }
  if (code === 'HF_WRITE_UNKNOWN') {
    return {
      status: 503,
      code,
      detail:
        'Whether the change was made is not known. Look before you repeat it, or repeat it with its key.',
    }
  }
  if (code === 'HF_CLOSED') return { status: 503, code, detail: 'The desk stops.' }
  // Whether a session was ended is asked of the database.
  if (!(error instanceof RevocationUnknownError) && !isUnreachable(error)) return undefined
  return {
    status: 503,
    code: 'DATABASE_UNAVAILABLE',
    detail: 'The database does not answer. Try again soon.',
  }
}

/** Any other refusal of Fastify or a plugin of it: said with its own words, which are meant for clients. */
function refused(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined
  const { statusCode, message } = error as FastifyError
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return undefined
  return { status: statusCode, code: codeOf(error) || 'REFUSED', detail: message }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
