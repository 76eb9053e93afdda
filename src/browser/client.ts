/**
 * The other end of a bridge: one connection that signs in, follows, notices silence, and comes back.
 *
 * Whatever was followed is followed again after each reconnection: values come whole, events go on after the last one
 * that came, so callers never see a reconnect but by a gap that could not be closed. A connection that says nothing is
 * probed and then replaced: a half-open socket looks healthy forever otherwise.
 */
import { type ClientMessage, CLOSE, type LiveProblem, type ServerMessage } from '../live/wire.ts'
import { retryDelayMs } from './backoff.ts'
import { browserClock, type ClientClock, type ClientTimer } from './clock.ts'
import type { ConnectionState } from './connection-state.ts'
import { FollowedTopics } from './followed-topics.ts'
import type { AnyListener, KeyOf, KnownChannel, ListenerOf, TopicId } from './listeners.ts'
import { parseMessage } from './parse-message.ts'
import { browserRandom, type ClientRandom } from './random.ts'
import { topicText } from './topic-text.ts'

const READY_WITHIN_MS = 8_000
const PROBE_AFTER_MS = 5_000
const QUIET_AFTER_MS = 10_000
const REPLACE_AFTER_MS = 20_000
const CHECK_EVERY_MS = 1_000
/** A connection that holds this long is a success; one that is lost at once should not be retried at once forever. */
const STEADY_AFTER_MS = 10_000
/** Topics are asked for together at most this often: servers limit the messages of a connection. */
const TOPICS_EVERY_MS = 1_000
/** In one message: its size is limited, too. */
const MOST_TOPICS_AT_ONCE = 20
/** 4429 means that we are part of the problem: wait at least as long as attempt 5 would. */
const LIMITED_ATTEMPT = 5
const OPEN = 1

/** The part of a WebSocket that is used: a browser's, Node's, or that of `ws`. */
export interface ClientSocket {
  send(text: string): void
  close(): void
  readonly readyState: number
  onopen: ((event: never) => unknown) | null
  onmessage: ((event: never) => unknown) | null
  onclose: ((event: never) => unknown) | null
  onerror: ((event: never) => unknown) | null
}

/** How a client works. */
export interface LiveClientOptions {
  /** Makes a connection: `() => new WebSocket(url)`, or an `eventSourceSocket`. */
  readonly open: () => ClientSocket
  readonly clock?: ClientClock
  readonly random?: ClientRandom
  /** The server refused the token: the session is over. The client has stopped. */
  readonly onUnauthorised?: () => void
  /** Hears of what the server refused and that is of no topic. */
  readonly onProblem?: (problem: LiveProblem) => void
  /** The connection cannot say anything but what it follows: see `eventSourceSocket`. */
  readonly oneWay?: boolean
}

/** A client. */
export interface LiveClient<Channel extends KnownChannel> {
  readonly state: ConnectionState
  /** Calls `listener` whenever `state` is another, until the returned function is called. */
  watch(listener: (state: ConnectionState) => void): () => void
  /** Connects, and stays so. `token`: what the server asks for; undefined where requests say it themselves. */
  start(token?: string): void
  stop(): void
  /** Skips the wait before the next attempt. */
  retryNow(): void
  /**
   * Follows a topic until the returned function is called. Who follows a topic of events that another one follows
   * already, gets what comes from now on.
   */
  follow<Key extends KeyOf<Channel>>(
    key: Key,
    id: TopicId<Key>,
    listener: ListenerOf<Channel, Key>,
  ): () => void
}

/** Makes a client; it connects when started. `Channel`: the server's, as `ChannelsOf` says, or written by hand. */
export function liveClient<Channel extends KnownChannel>(options: LiveClientOptions): LiveClient<Channel> {
  return new Client(options) as LiveClient<Channel>
}

class Client {
  state: ConnectionState = { kind: 'closed' }
  readonly #options: LiveClientOptions
  readonly #clock: ClientClock
  readonly #random: ClientRandom
  readonly #topics = new FollowedTopics()
  readonly #watchers = new Set<(state: ConnectionState) => void>()
  #isStarted = false
  #token: string | undefined
  #socket: ClientSocket | undefined
  #isReady = false
  #topicsSentAt = Number.NEGATIVE_INFINITY
  #topicsTimer: ClientTimer | undefined
  #attempt = 0
  #openedAt = 0
  #readyAt = 0
  #heartbeatMs = Number.POSITIVE_INFINITY
  #heardAt = 0
  #pingedAt = 0
  /** A ping went out since the last message. */
  #isProbed = false
  #heardWallMs: number | null = null
  #retry: ClientTimer | undefined
  #check: ClientTimer | undefined

  constructor(options: LiveClientOptions) {
    this.#options = options
    this.#clock = options.clock ?? browserClock
    this.#random = options.random ?? browserRandom
  }

  watch(listener: (state: ConnectionState) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  start(token?: string): void {
    this.stop()
    this.#token = token
    this.#isStarted = true
    this.#connect()
  }

  stop(): void {
    this.#isStarted = false
    this.#retry?.cancel()
    this.#drop()
    this.#attempt = 0
    this.#heardWallMs = null
    this.#set({ kind: 'closed' })
  }

  retryNow(): void {
    if (this.state.kind === 'waiting') this.#connect()
  }

  follow(key: string, id: Readonly<Record<string, string>>, listener: AnyListener): () => void {
    const topic = topicText(key, id)
    if (this.#topics.add(topic, listener)) this.#scheduleTopics()
    return () => {
      if (this.#topics.remove(topic, listener)) this.#scheduleTopics()
    }
  }

  #connect(): void {
    if (!this.#isStarted) return
    this.#retry?.cancel()
    const socket = this.#options.open()
    this.#socket = socket
    this.#isReady = false
    this.#openedAt = this.#clock.now()
    this.#heardAt = this.#openedAt
    this.#set({ kind: 'connecting', since: this.#heardWallMs })
    this.#checkSoon()
    // What a socket says that was replaced concerns nobody.
    const mine =
      <Event>(work: (event: Event) => void) =>
      (event: Event): void => {
        if (this.#socket === socket) work(event)
      }
    // Properties: both a browser's socket and that of `ws` have them in one form.
    Object.assign(socket, {
      onopen: mine(() => {
        if (this.#token !== undefined) this.#send({ type: 'auth', token: this.#token })
      }),
      onmessage: mine(({ data }: { readonly data: unknown }) => this.#receive(data)),
      onclose: mine(({ code }: { readonly code: number }) => this.#lost(code)),
      // It is closed then, too. A socket of `ws` that nobody asks for its errors would end the process.
      onerror: () => undefined,
    } satisfies Partial<ClientSocket>)
  }

  #receive(data: unknown): void {
    const message = parseMessage(data)
    if (!message) return
    this.#heardAt = this.#clock.now()
    this.#isProbed = false
    this.#heardWallMs = this.#clock.wall()
    if (message.type === 'ready') this.#becomeReady(message.heartbeatMs)
    // A connection that is one way says that it is ready before anybody was asked.
    if (this.#isReady && !(this.#options.oneWay && message.type === 'ready')) this.#set({ kind: 'live' })
    this.#tell(message)
  }

  #tell(message: ServerMessage): void {
    if (message.type === 'closing') return this.#lost(message.code)
    if (message.type === 'error' && message.topic === undefined) {
      const { code, detail } = message
      return this.#options.onProblem?.({ code, detail })
    }
    this.#topics.take(message)
  }

  #becomeReady(heartbeatMs: number): void {
    this.#isReady = true
    this.#readyAt = this.#clock.now()
    this.#heartbeatMs = heartbeatMs
    this.#pingedAt = this.#readyAt
    this.#topics.reconnected()
    this.#sendTopics()
  }

  #scheduleTopics(): void {
    if (!this.#isReady || this.#topicsTimer) return
    const delayMs = Math.max(0, this.#topicsSentAt + TOPICS_EVERY_MS - this.#clock.now())
    this.#topicsTimer = this.#clock.after(delayMs, () => this.#sendTopics())
  }

  #sendTopics(): void {
    this.#topicsTimer?.cancel()
    this.#topicsTimer = undefined
    const { added, removed } = this.#topics.changes()
    for (const topics of chunks(removed)) this.#send({ type: 'unsubscribe', topics })
    for (const topics of chunks(added)) {
      const since = this.#topics.positions(topics)
      const hasPositions = Object.keys(since).length > 0
      this.#send({ type: 'subscribe', topics, ...(hasPositions && { since }) })
    }
    if (added.length + removed.length > 0) this.#topicsSentAt = this.#clock.now()
  }

  #checkSoon(): void {
    this.#check?.cancel()
    this.#check = this.#clock.after(CHECK_EVERY_MS, () => {
      this.#checkSoon()
      this.#checkSilence()
    })
  }

  #checkSilence(): void {
    const now = this.#clock.now()
    const silentMs = now - this.#heardAt
    if (!this.#isReady) {
      if (now - this.#openedAt >= READY_WITHIN_MS) this.#replace('unanswered')
      return
    }
    // One way there is only the heartbeat to be heard.
    const { oneWay = false } = this.#options
    const graceMs = oneWay ? 2 * this.#heartbeatMs : 0
    if (silentMs >= REPLACE_AFTER_MS + graceMs) return this.#replace('silent')
    if (silentMs >= QUIET_AFTER_MS + graceMs && this.state.kind === 'live')
      this.#set({ kind: 'quiet', since: this.#heardWallMs ?? this.#clock.wall() })
    if (now - this.#readyAt >= STEADY_AFTER_MS) this.#attempt = 0
    const isSuspicious = silentMs >= PROBE_AFTER_MS && !this.#isProbed
    if (!oneWay && (isSuspicious || now - this.#pingedAt >= this.#heartbeatMs / 2)) {
      this.#pingedAt = now
      this.#isProbed = true
      this.#send({ type: 'ping' })
    }
  }

  #lost(code: number): void {
    if (code === CLOSE.unauthenticated.code) {
      this.stop()
      this.#options.onUnauthorised?.()
      return
    }
    if (code === CLOSE.tooMany.code) this.#attempt = Math.max(this.#attempt, LIMITED_ATTEMPT)
    this.#replace(code)
  }

  #replace(cause: number | 'unanswered' | 'silent'): void {
    this.#drop()
    if (!this.#isStarted) return
    const delayMs = retryDelayMs(this.#attempt, this.#random)
    this.#attempt += 1
    const retryAt = this.#clock.wall() + delayMs
    this.#set({ kind: 'waiting', since: this.#heardWallMs, retryAt, cause })
    this.#retry = this.#clock.after(delayMs, () => this.#connect())
  }

  #drop(): void {
    this.#check?.cancel()
    this.#topicsTimer?.cancel()
    this.#topicsTimer = undefined
    const socket = this.#socket
    this.#socket = undefined
    this.#isReady = false
    socket?.close()
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(message))
  }

  #set(state: ConnectionState): void {
    if (this.state.kind === 'live' && state.kind === 'live') return
    this.state = state
    for (const watcher of this.#watchers) watcher(state)
  }
}

function chunks(topics: readonly string[]): string[][] {
  const parts: string[][] = []
  for (let at = 0; at < topics.length; at += MOST_TOPICS_AT_ONCE)
    parts.push(topics.slice(at, at + MOST_TOPICS_AT_ONCE))
  return parts
}
