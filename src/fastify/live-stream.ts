/**
 * A bridge over server-sent events: the same messages, one way.
 *
 * The topics are in the URL, as `?topic=trades:7&topic=…`. The last event id says for each topic of events what the
 * client has, as a query (`trades%3A7=…`); browsers send it back by themselves, others as `since`.
 */
import { type Clock, systemClock, type Timer } from '../index.ts'
import { CLOSE, type Frame, type Live, type LiveProblem, type Pipe, PROBLEMS } from '../live/index.ts'
import { refusal } from '../web/problem.ts'
import {
  bearerOf,
  type FastifyApp,
  type LiveRouteOptions,
  type RawReply,
  type RawResponse,
} from './live-app.ts'
import { answer, type FastifyRequest } from './reply.ts'

/** How server-sent events are served. */
export interface LiveStreamOptions<Request = FastifyRequest> extends LiveRouteOptions<Request> {
  /** What a request follows. Default: each `topic` of its query. */
  readonly topicsOf?: (request: Request) => readonly string[]
  readonly clock?: Clock
}

/** How long a client that does not read has to take its end. */
const CLOSE_TIMEOUT_MS = 3_000
const STATUS: Readonly<Record<string, number>> = {
  [PROBLEMS.unauthenticated]: 401,
  [PROBLEMS.unknownTopic]: 404,
  [PROBLEMS.tooManyTopics]: 400,
  [PROBLEMS.unknownPosition]: 400,
  [PROBLEMS.unavailable]: 503,
}

/**
 * Serves a bridge as server-sent events at `url`. The token is that of `tokenOf`, by default of `Authorization: Bearer`.
 * A request of which nothing can be followed is answered with a problem document: 400, 401, 403, 404, 429 or 503.
 */
export function liveStream<Request extends FastifyRequest = FastifyRequest>(
  app: FastifyApp,
  live: Pick<Live, 'connect' | 'limits' | 'close'>,
  options: LiveStreamOptions<Request>,
): void {
  const { url, route, tokenOf = bearerOf, topicsOf, clock = systemClock } = options
  const handler = async (request: Request, reply: RawReply): Promise<unknown> => {
    const query = new URL(request.url, 'http://localhost').searchParams
    const topics = [...new Set(topicsOf?.(request) ?? query.getAll('topic'))]
    const { mostTopics } = live.limits
    if (topics.length === 0 || topics.length > mostTopics) {
      const detail = `topic: must name 1 to ${mostTopics} topics, as in ?topic=a&topic=b.`
      return answer(reply, refusal(400, PROBLEMS.unknownMessage, detail))
    }
    const pipe = new EventPipe(reply.raw, clock)
    const connection = live.connect(pipe)
    pipe.alive = () => connection.alive()
    reply.raw.on('close', () => connection.gone())
    // It hung up, and nobody is told any more.
    reply.raw.on('error', () => connection.gone())
    if (pipe.isEnded) return answer(reply, refusal(429, PROBLEMS.tooManyConnections, CLOSE.tooMany.reason))
    const denied = await connection.signIn(tokenOf(request) ?? '')
    if (denied) {
      const status = denied.code === PROBLEMS.tooManyConnections ? 429 : (STATUS[denied.code] ?? 401)
      return answer(reply, refusal(status, denied.code, denied.detail))
    }
    const last = request.headers['last-event-id'] ?? query.get('since') ?? ''
    const problems = await connection.subscribe(topics, positionsIn(String(last)))
    if (problems.length === topics.length) {
      connection.gone()
      const { code, detail } = problems[0] as LiveProblem
      return answer(reply, refusal(STATUS[code] ?? 403, code, detail))
    }
    // The server stops, or the client has hung up in the meantime.
    if (pipe.isEnded) return answer(reply, refusal(503, PROBLEMS.unavailable, CLOSE.goingAway.reason))
    reply.hijack()
    const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
    pipe.open(Object.fromEntries(headers))
    return reply
  }
  app.addHook('preClose', async () => live.close())
  app.route({ ...route, method: 'GET', url, handler } as never)
}

function positionsIn(lastEventId: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(lastEventId))
}

/** Messages as lines of an event stream. What is sent before it is open waits: the refusals of some topics, at most. */
class EventPipe implements Pipe {
  alive: () => void = () => undefined
  readonly #raw: RawResponse
  readonly #clock: Clock
  readonly #positions = new Map<string, string>()
  #waiting: string[] | undefined = []
  #isEnded = false
  #giveUp: Timer | undefined

  constructor(raw: RawResponse, clock: Clock) {
    this.#raw = raw
    this.#clock = clock
    raw.on('close', () => {
      this.#isEnded = true
      this.#giveUp?.cancel()
    })
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  get unsentBytes(): number {
    return this.#raw.writableLength
  }

  open(headers: Readonly<Record<string, number | string | string[]>>): void {
    this.#raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // Proxies that gather answers would hold events back.
      'x-accel-buffering': 'no',
    })
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.#write(waiting.join(''))
  }

  send({ text, resume }: Frame): void {
    if (resume) this.#positions.set(resume.topic, resume.position)
    const id = resume ? `id: ${new URLSearchParams([...this.#positions]).toString()}\n` : ''
    // JSON has no line breaks of its own.
    this.#write(`${id}data: ${text}\n\n`)
  }

  close(code: number, reason: string): void {
    if (this.#waiting) {
      this.#isEnded = true
      return
    }
    this.send({ text: JSON.stringify({ type: 'closing', code, reason }) })
    this.#isEnded = true
    this.#raw.end()
    this.#giveUp = this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#raw.destroy())
  }

  terminate(): void {
    this.#isEnded = true
    if (!this.#waiting) this.#raw.destroy()
  }

  /** There is no answer: a client that is gone shows by what it does not take. */
  probe(): void {
    this.send({ text: '{"type":"pong"}' })
    this.alive()
  }

  #write(text: string): void {
    if (this.#isEnded) return
    if (this.#waiting) this.#waiting.push(text)
    else this.#raw.write(text)
  }
}
