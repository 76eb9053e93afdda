/** A bridge over WebSockets, by @fastify/websocket, which is imported when it is asked for. */
import type { Frame, Live, LiveConnection, Pipe } from '../live/index.ts'
import { refusal } from '../web/problem.ts'
import type { FastifyApp, LiveRouteOptions } from './live-app.ts'
import { answer, type FastifyReply, type FastifyRequest } from './reply.ts'

/** How WebSockets are served. */
export interface LiveSocketOptions<Request = FastifyRequest> extends LiveRouteOptions<Request> {
  /** How long the other side has to say goodbye, in ms. Default 3,000. */
  readonly closeTimeoutMs?: number
  /** Answers requests that are no WebSocket. Default: 426, as a problem document. */
  readonly handler?: (request: FastifyRequest, reply: FastifyReply) => unknown
  /** Hears of clients that broke the protocol. They are told with a close code already. */
  readonly onClientError?: (error: Error) => void
}

/** What of a socket of `ws` is used. */
interface Socket {
  send(data: Uint8Array, options: { readonly binary: false }): void
  close(code: number, reason: string): void
  terminate(): void
  ping(): void
  on(event: 'message', listener: (data: { toString(): string }) => void): unknown
  on(event: 'pong' | 'close', listener: () => void): unknown
  readonly readyState: number
  readonly bufferedAmount: number
}

const OPEN = 1
const CLOSE_TIMEOUT_MS = 3_000

/**
 * Serves a bridge as a WebSocket at `url`, until the application closes; then clients are told that it goes away. A
 * client without a token in its request (`tokenOf`) says it in its first message.
 *
 * Registers @fastify/websocket; where it is registered already, its `maxPayload` bounds the messages.
 */
export async function liveSocket<Request = FastifyRequest>(
  app: FastifyApp,
  live: Pick<Live, 'connect' | 'limits' | 'close'>,
  options: LiveSocketOptions<Request>,
): Promise<void> {
  const { url, route, tokenOf, handler = refuse, closeTimeoutMs = CLOSE_TIMEOUT_MS, onClientError } = options
  if (app.hasDecorator('websocketServer')) app.addHook('preClose', async () => live.close())
  else {
    const { default: websocket } = await import('@fastify/websocket')
    const chosen = {
      options: { maxPayload: live.limits.largestMessageBytes, closeTimeout: closeTimeoutMs },
      errorHandler: (error: Error) => onClientError?.(error),
      preClose: async () => live.close(),
    }
    await app.register(websocket as never, chosen as never)
  }
  const wsHandler = (socket: Socket, request: Request): void => {
    const connection = serve(socket, live)
    const token = tokenOf?.(request)
    if (token !== undefined) void connection.signIn(token)
  }
  app.route({ ...route, method: 'GET', url, wsHandler, handler } as never)
}

function serve(socket: Socket, live: Pick<Live, 'connect'>): LiveConnection {
  const connection = live.connect(new SocketPipe(socket))
  socket.on('message', (data) => void connection.receive(data.toString()))
  socket.on('pong', () => connection.alive())
  socket.on('close', () => connection.gone())
  return connection
}

class SocketPipe implements Pipe {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(frame: Frame): void {
    if (this.#socket.readyState !== OPEN) return
    // Made into bytes once, for however many clients.
    frame.bytes ??= Buffer.from(frame.text)
    this.#socket.send(frame.bytes, { binary: false })
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  probe(): void {
    if (this.#socket.readyState === OPEN) this.#socket.ping()
  }
}

async function refuse(_request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return answer(reply, refusal(426, 'UPGRADE_REQUIRED', 'This is a WebSocket: connect with ws:// or wss://.'))
}
