import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { failureOf } from './failure.ts'
import { type Failure, pathOf, PROBLEM_TYPE, problemOf } from './problem.ts'

/** Makes every failure of a route, and every unknown path, a problem document. Ours are logged. */
export function answerFailures(app: App): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    const what = `${request.method} ${pathOf(request.url)}`
    return answer(request, reply, { status: 404, code: 'NOT_FOUND', detail: `There is no ${what}.` })
  })
}

/** The same for what fails before there is a route: Fastify's `frameworkErrors`. */
export function answerUnrouted(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (request.headers.upgrade !== undefined) {
    // No hook runs here, so nobody else ends a connection that was to become a WebSocket: it would stay for ever.
    reply.header('connection', 'close').raw.once('finish', () => request.raw.socket.destroySoon())
  }
  answerError(error, request, reply)
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = failureOf(error)
  // A client that goes away before it has sent all is no failure of ours.
  const isOurs = failure.status >= 500 && error !== request.raw.errored
  if (isOurs) request.log.error({ err: error, url: pathOf(request.url) }, 'a request failed')
  answer(request, reply, failure)
}

/** The same for what is no HTTP request at all: Fastify's `clientErrorHandler`. Ends the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const failure = NOT_HTTP[error.code ?? ''] ?? {
    status: 400,
    code: 'MALFORMED_REQUEST',
    detail: 'This is not a valid HTTP request.',
  }
  const problem = problemOf(failure, '')
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const NOT_HTTP: Readonly<Record<string, Failure>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'HEADERS_TOO_LARGE', detail: 'The headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'REQUEST_TIMEOUT', detail: 'The request took too long.' },
}

function answer(request: FastifyRequest, reply: FastifyReply, failure: Failure): FastifyReply {
  // Serialised here: the schemas of routes are for their success.
  const problem = JSON.stringify(problemOf(failure, request.url))
  // In whole seconds, and never so few that asking then is too early.
  if (failure.retryAfterMs !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil(failure.retryAfterMs / 1_000)))
  return reply.code(failure.status).type(PROBLEM_TYPE).send(problem)
}
