/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** Keeps its cookie, as a browser does. */
export function browser(url: string, startsWith = '') {
  let cookie = startsWith
  const send = async (
    method: string,
    path: string,
    headers: object = {},
    body?: unknown,
  ): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(cookie !== '' && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      signal: AbortSignal.timeout(20_000),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    for (const set of response.headers.getSetCookie()) cookie = set.split(';')[0] ?? ''
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : (JSON.parse(text) as unknown),
    }
  }
  return {
    get cookie() {
      return cookie
    },
    get: (path: string, headers?: object) => send('GET', path, headers),
    post: (path: string, body?: unknown, headers?: object) => send('POST', path, headers, body),
  }
}
