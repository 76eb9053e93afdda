/** What of a request is used. */
export interface ExpressRequest {
  readonly method: string
  readonly originalUrl: string
  readonly body?: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What of a response is used: what Node's own has. */
export interface ExpressResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}
