/** A refused or failed request, in words: the RFC 9457 body of the desk, or what stood in its way. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  /** HTTP status; 0 when no reply arrived. */
  readonly status: number
  /** Stable code, such as `TOKEN_EXPIRED`; `UNREACHABLE`, `TIMEOUT` and `BAD_REPLY` are ours. */
  readonly code: string
  readonly title: string
  /** Message by field name, for forms. */
  readonly fields: ReadonlyMap<string, string>
  /** How long the desk asks to be left alone before the next try; null when it does not say. */
  readonly retryAfterMs: number | null

  constructor(problem: {
    status: number
    code: string
    title: string
    detail: string
    fields?: ReadonlyMap<string, string>
    retryAfterMs?: number | null
  }) {
    super(problem.detail)
    this.status = problem.status
    this.code = problem.code
    this.title = problem.title
    this.fields = problem.fields ?? new Map()
    this.retryAfterMs = problem.retryAfterMs ?? null
  }
}

/** Reads a failed reply. A body that is not problem+json still gives a problem that names the status. */
export async function problemFrom(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null)
  const text = (key: string, otherwise: string): string => {
    const value = isRecord(body) ? body[key] : undefined
    return typeof value === 'string' && value ? value : otherwise
  }
  return new ApiProblem({
    status: response.status,
    code: text('code', 'BAD_REPLY'),
    title: text('title', `The desk answered ${response.status}`),
    detail: text('detail', text('title', `The desk answered with HTTP status ${response.status}.`)),
    fields: fieldMessages(isRecord(body) ? body['errors'] : undefined),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
  })
}

/** The header counts seconds. Its other form, a date, is not one that the desk sends. */
function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null
}

/** Words for anything that was thrown. */
export function problemWords(error: unknown): { title: string; detail: string } {
  if (error instanceof ApiProblem) return { title: error.title, detail: error.message }
  return {
    title: 'Something failed in this page',
    detail: error instanceof Error ? error.message : String(error),
  }
}

function fieldMessages(errors: unknown): ReadonlyMap<string, string> {
  const messages = new Map<string, string>()
  if (!Array.isArray(errors)) return messages
  for (const error of errors as unknown[]) {
    if (!isRecord(error)) continue
    const { field, message } = error
    if (typeof field === 'string' && typeof message === 'string') messages.set(field, message)
  }
  return messages
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
