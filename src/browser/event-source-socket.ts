import type { ClientMessage } from '../live/wire.ts'
import type { ClientSocket } from './client.ts'
import { textsOf } from './followed-topics.ts'
import { parseMessage } from './parse-message.ts'

/** The part of an EventSource that is used. */
export interface ClientEventSource {
  close(): void
  onmessage: ((event: never) => unknown) | null
  onerror: ((event: never) => unknown) | null
}

/** How a stream of server-sent events is read. */
export interface EventSourceOptions {
  /** Of the route; topics are added to its query. */
  readonly url: string
  /** Default: `(url) => new EventSource(url)`, of this browser. */
  readonly open?: (url: string) => ClientEventSource
  /** The server's: so often it says something. Default 30,000. */
  readonly heartbeatMs?: number
}

declare const EventSource: new (url: string) => ClientEventSource

const CONNECTING = 0
const OPEN = 1
const CLOSED = 3
/** As of a WebSocket that was lost. */
const LOST = 1006

/**
 * A stream of server-sent events in the clothes of a socket: `liveClient({ open: () => eventSourceSocket({ url }),
 * oneWay: true })`. Other topics are another stream; what is missed while it changes is resumed. An EventSource does not
 * tell why it was refused: the client tries again, less and less often.
 */
export function eventSourceSocket(options: EventSourceOptions): ClientSocket {
  const { url, open = (full) => new EventSource(full), heartbeatMs = 30_000 } = options
  const topics = new Set<string>()
  const since = new Map<string, string>()
  /** What was asked for by another text than that of its messages. */
  const as = new Map<string, string>()
  let source: ClientEventSource | undefined
  let readyState = CONNECTING
  let isChanging = false
  const lost = (): void => {
    if (readyState === CLOSED) return
    socket.close()
    socket.onclose?.({ code: LOST } as never)
  }
  const receive = (data: unknown): void => {
    const message = parseMessage(data)
    // That it is ready was said at the beginning.
    if (!message || message.type === 'ready' || readyState === CLOSED) return
    if (message.type === 'subscribed')
      for (const [text, topic] of Object.entries(message.as ?? {})) as.set(text, topic)
    if (message.type === 'begun' || message.type === 'events') {
      const { position } = message.type === 'begun' ? message : (message.events.at(-1) ?? {})
      const texts = [message.topic, ...textsOf(message.topic, as)]
      if (position !== undefined) for (const text of texts) since.set(text, position)
    }
    socket.onmessage?.({ data } as never)
  }
  const reopen = (): void => {
    isChanging = false
    source?.close()
    source = undefined
    if (topics.size === 0 || readyState === CLOSED) return
    const query = new URLSearchParams([...topics].map((topic): [string, string] => ['topic', topic]))
    const positions = new URLSearchParams([...since].filter(([topic]) => topics.has(topic)))
    if (positions.size > 0) query.set('since', positions.toString())
    const opened = open(`${url}${url.includes('?') ? '&' : '?'}${query.toString()}`)
    source = opened
    Object.assign(opened, {
      onmessage({ data }: { readonly data: unknown }) {
        if (source === opened) receive(data)
      },
      onerror() {
        if (source === opened) lost()
      },
    } satisfies Partial<ClientEventSource>)
  }
  /** What is asked for in one turn is one stream. */
  const reopenSoon = (): void => {
    if (!isChanging) queueMicrotask(reopen)
    isChanging = true
  }
  const socket: ClientSocket = {
    get readyState() {
      return readyState
    },
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send(text) {
      const message = JSON.parse(text) as ClientMessage
      if (message.type === 'subscribe') {
        for (const topic of message.topics) topics.add(topic)
        for (const [topic, position] of Object.entries(message.since ?? {})) since.set(topic, position)
        reopenSoon()
      }
      if (message.type === 'unsubscribe') {
        for (const topic of message.topics) {
          topics.delete(topic)
          since.delete(topic)
          as.delete(topic)
        }
        reopenSoon()
      }
    },
    close() {
      readyState = CLOSED
      source?.close()
      source = undefined
    },
  }
  queueMicrotask(() => {
    if (readyState !== CONNECTING) return
    readyState = OPEN
    socket.onopen?.({} as never)
    socket.onmessage?.({ data: JSON.stringify({ type: 'ready', heartbeatMs }) } as never)
  })
  return socket
}
