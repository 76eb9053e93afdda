/**
 * The live stream: one WebSocket that authenticates, subscribes, notices silence, and comes back.
 *
 * Whatever was subscribed is subscribed again after each reconnection, so callers never see a reconnect. A
 * connection that says nothing is probed and then replaced: a half-open socket looks healthy forever otherwise.
 */
import { createCell, type ReadonlyCell } from '../cell.ts'
import { every, type Clock, type Timer } from '../clock.ts'
import type { Random } from '../random.ts'
import { retryDelayMs } from './backoff.ts'
import { closeReason, type Connection } from './connection.ts'
import { parseMessage, type ClientMessage, type ServerMessage } from './messages.ts'
import { createTopicCounts, topicChanges } from './topics.ts'

const READY_WITHIN_MS = 8_000
const PROBE_AFTER_MS = 5_000
const QUIET_AFTER_MS = 10_000
const REPLACE_AFTER_MS = 20_000
/** A connection that holds this long is a success; one that is lost at once should not be retried at once forever. */
const STEADY_AFTER_MS = 10_000
/**
 * Topics are sent together at most this often: somebody who holds an arrow key down passes thirty charts a second,
 * and the desk limits the messages of a connection.
 */
const TOPICS_EVERY_MS = 1_000
/** 4429 means that we are part of the problem: wait at least as long as attempt 5 would. */
const LIMITED_ATTEMPT = 5
const LIVE: Connection = { kind: 'live' }
const CLOSE_UNAUTHORISED = 4401
const CLOSE_LIMITED = 4429

type MessageOf<K extends ServerMessage['type']> = Extract<ServerMessage, { type: K }>

/** The one stream of this page. */
export interface Stream {
  readonly connection: ReadonlyCell<Connection>
  readonly start: (token: string) => void
  readonly stop: () => void
  /** Skips the wait before the next attempt. */
  readonly retryNow: () => void
  /** Wants a topic until the returned function is called. */
  readonly subscribe: (topic: string) => () => void
  readonly listen: <K extends ServerMessage['type']>(
    type: K,
    listener: (message: MessageOf<K>) => void,
  ) => () => void
}

/** The part of a browser's WebSocket that is used. */
export type Socket = Pick<WebSocket, 'send' | 'close' | 'readyState' | 'addEventListener'>

/** What the stream needs from outside. */
export interface StreamOptions {
  readonly open: () => Socket
  readonly clock: Clock
  readonly random: Random
  /** The desk refused the token: the session is over. */
  readonly onUnauthorised: () => void
}

/** Makes a stream; it connects when started. */
export function createStream({ open, clock, random, onUnauthorised }: StreamOptions): Stream {
  const connection = createCell<Connection>({ kind: 'closed' })
  const topics = createTopicCounts()
  const listeners = new Map<string, Set<(message: never) => void>>()
  let token: string | null = null
  let socket: Socket | null = null
  let dropped = new AbortController()
  let ready = false
  /** What the desk sends on this connection. */
  let subscribed: ReadonlySet<string> = new Set()
  let topicsSentAt = Number.NEGATIVE_INFINITY
  let topicsTimer: Timer | null = null
  let attempt = 0
  let readyAt = 0
  let heartbeatMs = Number.POSITIVE_INFINITY
  let heardAt = 0
  let pingedAt = 0
  /** True when a ping went out since the last message. */
  let probed = false
  let lastMessageWallMs: number | null = null
  let retry: Timer | null = null
  let watch: Timer | null = null

  function connect(): void {
    if (token === null) return
    retry?.cancel()
    const opened = open()
    const openedAt = clock.now()
    socket = opened
    ready = false
    heardAt = openedAt
    connection.set({ kind: 'connecting', since: lastMessageWallMs })
    watch = every(clock, 1_000, () => checkSilence(openedAt))
    dropped = new AbortController()
    const { signal } = dropped
    opened.addEventListener('open', () => token !== null && send({ type: 'auth', token }), { signal })
    opened.addEventListener('message', (event) => receive(event.data), { signal })
    opened.addEventListener('close', (event) => lost(event.code), { signal })
  }

  function receive(frame: unknown): void {
    const message = parseMessage(frame)
    if (!message) return
    heardAt = clock.now()
    probed = false
    lastMessageWallMs = clock.wall()
    if (message.type === 'ready') becomeReady(message.heartbeatMs)
    if (ready) connection.set(LIVE)
    for (const listener of listeners.get(message.type) ?? []) listener(message as never)
  }

  function becomeReady(heartbeat: number): void {
    ready = true
    readyAt = clock.now()
    heartbeatMs = heartbeat
    pingedAt = readyAt
    subscribed = new Set()
    sendTopics()
  }

  function scheduleTopics(): void {
    if (!ready || topicsTimer) return
    const delayMs = Math.max(0, topicsSentAt + TOPICS_EVERY_MS - clock.now())
    topicsTimer = clock.after(delayMs, sendTopics)
  }

  function sendTopics(): void {
    topicsTimer?.cancel()
    topicsTimer = null
    const wanted = topics.all()
    const { added, removed } = topicChanges(subscribed, wanted)
    if (removed.length > 0) send({ type: 'unsubscribe', topics: removed })
    if (added.length > 0) send({ type: 'subscribe', topics: added })
    if (added.length + removed.length > 0) topicsSentAt = clock.now()
    subscribed = new Set(wanted)
  }

  function checkSilence(openedAt: number): void {
    const now = clock.now()
    const silentMs = now - heardAt
    if (!ready) {
      if (now - openedAt >= READY_WITHIN_MS) replace('The desk accepted the connection but did not answer.')
    } else if (silentMs >= REPLACE_AFTER_MS) {
      replace('The desk has stopped sending.')
    } else if (silentMs >= QUIET_AFTER_MS && connection.get().kind === 'live') {
      connection.set({ kind: 'quiet', since: lastMessageWallMs ?? clock.wall() })
    }
    if (ready && now - readyAt >= STEADY_AFTER_MS) attempt = 0
    const suspicious = silentMs >= PROBE_AFTER_MS && !probed
    if (ready && (suspicious || now - pingedAt >= heartbeatMs / 2)) {
      pingedAt = now
      probed = true
      send({ type: 'ping' })
    }
  }

  function lost(code: number): void {
    if (code === CLOSE_UNAUTHORISED) {
      stop()
      return onUnauthorised()
    }
    if (code === CLOSE_LIMITED) attempt = Math.max(attempt, LIMITED_ATTEMPT)
    replace(closeReason(code))
  }

  function replace(reason: string): void {
    drop()
    if (token === null) return
    const delayMs = retryDelayMs(attempt, random)
    attempt += 1
    const retryAt = clock.wall() + delayMs
    connection.set({ kind: 'waiting', since: lastMessageWallMs, retryAt, reason })
    retry = clock.after(delayMs, connect)
  }

  function drop(): void {
    watch?.cancel()
    topicsTimer?.cancel()
    topicsTimer = null
    dropped.abort()
    socket?.close()
    socket = null
    ready = false
  }

  function stop(): void {
    token = null
    retry?.cancel()
    drop()
    attempt = 0
    lastMessageWallMs = null
    connection.set({ kind: 'closed' })
  }

  function send(message: ClientMessage): void {
    if (socket?.readyState === 1) socket.send(JSON.stringify(message))
  }

  return {
    connection,
    stop,
    start(withToken) {
      stop()
      token = withToken
      connect()
    },
    retryNow() {
      if (connection.get().kind === 'waiting') connect()
    },
    subscribe(topic) {
      if (topics.add(topic)) scheduleTopics()
      let wanted = true
      return () => {
        if (!wanted) return
        wanted = false
        if (topics.remove(topic)) scheduleTopics()
      }
    },
    listen(type, listener) {
      const ofType = listeners.get(type) ?? new Set()
      listeners.set(type, ofType.add(listener))
      return () => ofType.delete(listener)
    },
  }
}
