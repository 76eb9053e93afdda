import type { FastifyReply, FastifyRequest } from './reply.ts'

/** What of an application is used. `never`: any way of typing its routes will do. */
export interface FastifyApp {
  register(plugin: never, options?: never): unknown
  route(options: never): unknown
  addHook(name: 'preClose', hook: () => Promise<void>): unknown
  hasDecorator(name: string): boolean
}

/** What both routes of a bridge may be told. */
export interface LiveRouteOptions<Request = FastifyRequest> {
  /** The path of the route. */
  readonly url: string
  /** The token of a request that has one: in a header, or a cookie. */
  readonly tokenOf?: (request: Request) => string | undefined
  /** More of the route: `schema`, `onRequest` … Whoever takes tokens from cookies looks at the `origin` there. */
  readonly route?: object
}

/** The token of `Authorization: Bearer`, if there is one. */
export function bearerOf({ headers }: FastifyRequest): string | undefined {
  const { authorization = '' } = headers
  return /^Bearer +(\S+)$/i.exec(String(authorization))?.[1]
}

/** A reply whose response is written by hand. */
export interface RawReply extends FastifyReply {
  hijack(): unknown
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>
  readonly raw: RawResponse
}

/** What of a response of Node is used. */
export interface RawResponse {
  writeHead(status: number, headers: Readonly<Record<string, number | string | string[]>>): unknown
  write(text: string): unknown
  end(): unknown
  destroy(): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
  readonly writableLength: number
}
