/**
 * The stream: prices, candles and insight, pushed to browsers.
 *
 * Prices and candles are coalesced: a flush every 100 ms sends each client the latest of what changed, so a busy
 * market costs a bounded number of messages, and a slow client gets newer prices rather than all of them. What is
 * sent comes through the price keyspace, with its provenance, as it does over REST. Everything of one topic leaves by
 * the same way, so nothing older follows something newer.
 */
import websocket from '@fastify/websocket'
import { type Clock, every } from 'holdfast'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { DeskError } from '../domain/desk-error.ts'
import type { App } from '../http/app.ts'
import { failureOf } from '../http/failure.ts'
import type { Tokens } from '../http/tokens.ts'
import { listedAsset } from '../market/price-view.ts'
import type { Insight } from '../ops/insight.ts'
import { watchOutage } from '../ops/outage.ts'
import { sendAccounts } from './accounts.ts'
import { Connection, LIMITS } from './connection.ts'
import { createFlush, type FlushParts } from './flush.ts'
import { type ClientMessage, CLOSE, parseMessage } from './messages.ts'
import { parseTopic, type Topic } from './topic.ts'

const FLUSH_EVERY_MS = 100
const INSIGHT_EVERY_MS = 1_000
/** For so long a stream may go on after its session was ended. */
const LOOK_AGAIN_EVERY_MS = 5_000
const MOST_CONNECTIONS = 1_000
const MOST_CONNECTIONS_OF_ONE_USER = 20
/** How long the other side has to say goodbye. */
const CLOSE_TIMEOUT_MS = 3_000

/** What the stream shows, and to whom. */
export interface StreamParts extends Omit<FlushParts, 'ready'> {
  readonly insight: Insight
  readonly tokens: Tokens
  readonly clock: Clock
  readonly log: Logger
}

/** Serves `GET /api/v1/stream` as a WebSocket, until the app closes. */
export async function streamRoutes(app: App, parts: StreamParts): Promise<void> {
  const { state, insight, tokens, clock, log } = parts
  const connections = new Set<Connection>()
  const tokenOf = new WeakMap<Connection, string>()
  const ready = (): Connection[] => [...connections].filter(({ userId }) => userId !== undefined)
  const flush = createFlush({ ...parts, ready })
  const outage = watchOutage(log, 'sending prices to the stream')
  const accountOutage = watchOutage(log, 'sending accounts to the stream')
  let isStopping = false

  const sendInsight = (): void => {
    for (const topic of ['state', 'status'] as const) {
      const followers = ready().filter(({ following }) => following.has(topic))
      if (followers.length === 0) continue
      const text = JSON.stringify({ type: topic, [topic]: insight[topic]() })
      for (const connection of followers) if (connection.canTake()) connection.sendText(text)
    }
  }

  const tellAccounts = (): Promise<void> => {
    const followers = ready().filter(({ following }) => following.has('account'))
    return sendAccounts(
      followers.filter((connection) => connection.canTake()),
      state,
    )
  }

  const refuse = (connection: Connection, error: unknown): void => {
    const failure = failureOf(error)
    if (failure.status >= 500) log.error({ err: error }, 'a message of a stream could not be answered')
    connection.refuse(failure)
  }

  const admit = async (connection: Connection, token: string): Promise<void> => {
    try {
      const { sub, exp } = await tokens.check(token)
      const others = ready().filter((other) => other !== connection && other.userId === sub)
      if (others.length >= MOST_CONNECTIONS_OF_ONE_USER) return connection.close(CLOSE.tooMany)
      connection.admit(sub, exp * 1_000 - clock.wall())
      tokenOf.set(connection, token)
    } catch (error) {
      refuse(connection, error)
      connection.close(CLOSE.unauthenticated)
    }
  }

  /** Ends connections whose sessions were ended since. What cannot be known now is looked at again. */
  const lookAgain = async (): Promise<void> => {
    const looks = ready().map(async (connection) => {
      try {
        await tokens.check(tokenOf.get(connection) ?? '')
      } catch (error) {
        if (error instanceof DeskError) connection.close(CLOSE.unauthenticated)
      }
    })
    await Promise.all(looks)
  }

  const follow = async (connection: Connection, topic: Topic): Promise<void> => {
    if (topic.kind === 'candles') await listedAsset(state, topic.chain, topic.asset)
    if (!connection.following.follow(topic)) {
      connection.refuse({ code: 'TOO_MANY_TOPICS', detail: 'Unsubscribe from something first.' })
    }
  }

  const take = async (connection: Connection, message: ClientMessage): Promise<void> => {
    if (message.type === 'ping') return connection.send({ type: 'pong' })
    if (message.type === 'auth') return admit(connection, message.token)
    if (connection.userId === undefined) {
      return connection.refuse({ code: 'UNAUTHENTICATED', detail: 'Send {"type":"auth","token":…} first.' })
    }
    const { following } = connection
    for (const text of new Set(message.topics)) {
      const topic = parseTopic(text)
      if ('code' in topic) connection.refuse(topic)
      else if (message.type === 'unsubscribe') following.leave(topic)
      else await follow(connection, topic).catch((error: unknown) => refuse(connection, error))
    }
    connection.send({ type: 'subscribed', topics: following.names })
    if (message.type === 'unsubscribe') return
    for (const topic of ['state', 'status'] as const) {
      if (message.topics.includes(topic) && following.has(topic))
        connection.send({ type: topic, [topic]: insight[topic]() })
    }
  }

  const timers = [
    every(clock, FLUSH_EVERY_MS, () => flush.run().then(outage.worked, outage.failed)),
    // By itself: what has to be asked of PostgreSQL must not hold up prices.
    every(clock, FLUSH_EVERY_MS, () => tellAccounts().then(accountOutage.worked, accountOutage.failed)),
    every(clock, INSIGHT_EVERY_MS, sendInsight),
    every(clock, LOOK_AGAIN_EVERY_MS, lookAgain),
    every(clock, LIMITS.heartbeatMs, () => connections.forEach((connection) => connection.heartbeat())),
  ]

  const options = { maxPayload: LIMITS.largestMessageBytes, closeTimeout: CLOSE_TIMEOUT_MS }
  await app.register(websocket, {
    options,
    // A client that breaks the protocol is told so with a close code by `ws` itself.
    errorHandler: (error) => log.debug({ err: error }, 'a stream connection failed'),
    async preClose() {
      isStopping = true
      flush.stop()
      for (const timer of timers) timer.cancel()
      for (const connection of connections) connection.close(CLOSE.goingAway)
    },
  })

  const serve = (socket: WebSocket): void => {
    const connection = new Connection(socket, clock)
    socket.on('close', () => {
      connection.ended()
      connections.delete(connection)
    })
    if (isStopping) return connection.close(CLOSE.goingAway)
    if (connections.size >= MOST_CONNECTIONS) return connection.close(CLOSE.tooMany)
    connections.add(connection)
    socket.on('message', (data: Buffer) => {
      if (!connection.accept()) return
      const message = parseMessage(data.toString())
      connection
        .inTurn(() => ('code' in message ? connection.refuse(message) : take(connection, message)))
        .catch((error: unknown) => refuse(connection, error))
    })
  }

  app.route({
    method: 'GET',
    url: '/api/v1/stream',
    schema: { hide: true },
    wsHandler: serve,
    handler() {
      throw new DeskError('UPGRADE_REQUIRED', 'This is a WebSocket: connect with ws:// or wss://.')
    },
  })
}
