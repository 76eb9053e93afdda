/** A refusal, as RFC 9457 has it. */
export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

/** Makes it. `retryAfterMs` becomes whole seconds, and never so few that asking then is too early. */
export function refusal(status: number, code: string, detail: string, retryAfterMs?: number): Refusal {
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterMs !== undefined && {
        'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))),
      }),
    },
    body: JSON.stringify({ type: 'about:blank', title: TITLES[status] ?? 'Refused', status, detail, code }),
  }
}
