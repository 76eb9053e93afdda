import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod'
import { HoldfastError } from 'holdfast'
import { z } from 'zod'
import { AddressError } from '../domain/chains.ts'
import { DeskError, type DeskErrorCode } from '../domain/desk-error.ts'

/** What every error of the API looks like: RFC 9457, media type `application/problem+json`. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string(),
    instance: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 describes it. `code` is stable.' })

type Problem = z.infer<typeof Problem>

const STATUS_OF: Readonly<Record<DeskErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  TOKEN_EXPIRED: 401,
  WRONG_CREDENTIALS: 401,
  EMAIL_TAKEN: 409,
  UNKNOWN_ASSET: 404,
  NO_PRICE: 404,
  UNKNOWN_AGENT: 404,
  SETTING: 500,
}

/** Codes of what Fastify itself refuses, in our words. */
const REFUSED_BY_FASTIFY: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
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
}

/** Makes every failure of a route, and every unknown path, a problem document. */
export function installProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, code, detail, errors } = explain(error)
    if (status >= 500) request.log.error({ err: error }, 'request failed')
    return sendProblem(request, reply, status, code, detail, errors)
  })
  app.setNotFoundHandler((request, reply) => {
    return sendProblem(request, reply, 404, 'NOT_FOUND', `There is no ${request.method} ${request.url}.`)
  })
}

/** Answers with a problem document. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: string,
  detail: string,
  errors?: Problem['errors'],
): FastifyReply {
  const problem: Problem = {
    type: `urn:holdfast:desk:${code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    instance: request.url,
    ...(errors && { errors }),
  }
  // Serialised here: the routes' response schemas describe their success.
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem))
}

function explain(error: FastifyError): {
  status: number
  code: string
  detail: string
  errors?: Problem['errors']
} {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map(({ instancePath, message }) => ({
      field: instancePath.replace(/^\//, '').replaceAll('/', '.'),
      message: message ?? 'is not accepted',
    }))
    const detail = errors
      .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
      .join('; ')
    return { status: 400, code: 'INVALID_REQUEST', detail, errors }
  }
  if (error instanceof DeskError)
    return { status: STATUS_OF[error.code], code: error.code, detail: error.message }
  if (error instanceof AddressError) return { status: 400, code: error.code, detail: error.message }
  const refused = REFUSED_BY_FASTIFY[error.code]
  if (refused) return refused
  if (error instanceof HoldfastError && /^HF_STORE_/.test(error.code)) {
    return { status: 503, code: error.code, detail: 'The state store does not answer. Try again soon.' }
  }
  if (isResponseSerializationError(error)) {
    return { status: 500, code: 'INTERNAL', detail: 'The answer did not have the promised form.' }
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return { status: error.statusCode, code: error.code ?? 'REFUSED', detail: error.message }
  }
  return { status: 500, code: 'INTERNAL', detail: 'Something failed on our side.' }
}
