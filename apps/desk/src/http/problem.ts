import { STATUS_CODES } from 'node:http'
import { z } from 'zod'

/** What every error of the API looks like: RFC 9457. */
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

/** What every error of the API looks like. */
export type Problem = z.infer<typeof Problem>

/** The media type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json'

/** What is wrong with a request, or with us. */
export interface Failure {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** What is wrong with single fields of the request; an empty name is the whole of it. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[] | undefined
  /** Said in the Retry-After header. */
  readonly retryAfterMs?: number | undefined
}

const LONGEST_INSTANCE = 500

/** The problem document of a failure. `url` is what was asked for; its query is left out. */
export function problemOf({ status, code, detail, errors }: Failure, url: string): Problem {
  return {
    type: `urn:holdfast:desk:${code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    instance: pathOf(url),
    ...(errors && { errors: [...errors] }),
  }
}

/** The part of a URL that may be repeated: its path, cut where it gets long. */
export function pathOf(url: string): string {
  return (url.split('?', 1)[0] ?? '').slice(0, LONGEST_INSTANCE)
}

type ProblemStatus = 400 | 401 | 404 | 409 | 422 | 429 | 503

const MEANING: Readonly<Record<ProblemStatus, string>> = {
  400: 'The request is not understood; `errors` names the fields.',
  401: 'There is no token, or it is not valid, or it has expired.',
  404: 'There is no such thing, or it is not yours.',
  409: 'It cannot be done as things are.',
  422: 'The Idempotency-Key was used for another request before.',
  429: 'Too many requests. `Retry-After` says when the next one is taken.',
  503: 'Something that the desk needs does not answer. Try again soon.',
}

interface ProblemResponse {
  readonly description: string
  readonly content: { readonly [PROBLEM_TYPE]: { readonly schema: typeof Problem } }
}

/** The problems that a route may answer with, for the API's document. */
export function problems<Status extends ProblemStatus>(
  ...statuses: readonly Status[]
): Record<Status, ProblemResponse> {
  const responses = statuses.map((status) => {
    return [status, { description: MEANING[status], content: { [PROBLEM_TYPE]: { schema: Problem } } }]
  })
  return Object.fromEntries(responses) as Record<Status, ProblemResponse>
}
