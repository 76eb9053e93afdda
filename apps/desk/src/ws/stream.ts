/**
 * The stream: prices, candles and insight, pushed to browsers.
 *
 * Prices and candles are coalesced: a flush every 100 ms sends each client the latest of what changed, so a busy
 * market costs a bounded number of messages, and a slow client gets newer prices rather than all of them. What is
 * sent comes through the price keyspace, with its provenance, as it does over REST.
 */
import websocket from '@fastify/websocket'
import { type Clock, every } from 'holdfast'
import type { Logger } from 'pino'
import type { Board } from '../market/board.ts'
import type { Interval } from '../market/candles/interval.ts'
import type { Feed } from '../market/feed.ts'
import { allPrices, pricesOf } from '../market/price-view.ts'
import type { App } from '../http/app.ts'
import { tokenError } from '../http/auth.ts'
import type { Insight } from '../ops/insight.ts'
import type { DeskState } from '../ops/state.ts'
import { Connection, LIMITS } from './connection.ts'
import { type ClientMessage, CLOSE, parseMessage } from './messages.ts'

const FLUSH_EVERY_MS = 100
const INSIGHT_EVERY_MS = 1_000
const MOST_CONNECTIONS = 1_000

/** What the stream shows. */
export interface StreamParts {
  readonly state: DeskState
  readonly board: Board
  readonly feed: Feed
  readonly insight: Insight
  readonly clock: Clock
  readonly log: Logger
}

/** Serves `GET /api/v1/stream` as a WebSocket, until the app closes. */
export async function streamRoutes(app: App, parts: StreamParts): Promise<void> {
  const { state, board, feed, insight, clock, log } = parts
  const connections = new Set<Connection>()
  const ready = (): Connection[] => [...connections].filter(({ isReady }) => isReady)
  await app.register(websocket, { options: { maxPayload: LIMITS.largestMessageBytes } })

  const unlisten = feed.listen(({ tick }) => {
    const key = `${tick.chain}:${tick.asset}`
    for (const connection of connections) {
      if (connection.topics.has('prices')) connection.changedPrices.add(key)
      for (const topic of connection.topics) {
        if (topic.startsWith(`candles:${key}:`)) connection.changedCandles.add(topic)
      }
    }
  })

  const flush = async (): Promise<void> => {
    const taking = ready().filter((connection) => connection.changedPrices.size > 0 && connection.canTake())
    if (taking.length > 0) {
      const wanted = new Set(taking.flatMap(({ changedPrices }) => [...changedPrices]))
      const listed = ((await state.assets.get({})) ?? []).filter(({ chain, asset }) =>
        wanted.has(`${chain}:${asset}`),
      )
      // Serialised once, for however many clients.
      const prices = (await pricesOf(state, listed)).map((price) => {
        return { key: `${price.chain}:${price.asset}`, text: JSON.stringify(price) }
      })
      for (const connection of taking) {
        const mine = prices.filter(({ key }) => connection.changedPrices.delete(key)).map(({ text }) => text)
        if (mine.length > 0) connection.sendText(`{"type":"prices","prices":[${mine.join(',')}]}`)
      }
    }
    for (const connection of ready()) {
      if (connection.changedCandles.size === 0 || !connection.canTake()) continue
      for (const topic of connection.changedCandles) sendCandle(connection, topic)
      connection.changedCandles.clear()
    }
  }

  const sendCandle = (connection: Connection, topic: string): void => {
    const [, chain = '', asset = '', interval = ''] = topic.split(':')
    const [candle] = board.candles({ chain, asset }, interval as Interval, 1)
    if (candle) connection.send({ type: 'candle', chain, asset, interval, candle })
  }

  const sendInsight = (): void => {
    const followers = ready().filter((connection) => connection.canTake())
    for (const topic of ['state', 'status'] as const) {
      const mine = followers.filter(({ topics }) => topics.has(topic))
      if (mine.length === 0) continue
      const text = JSON.stringify({ type: topic, [topic]: insight[topic]() })
      for (const connection of mine) connection.sendText(text)
    }
  }

  const sendFirst = async (connection: Connection, topic: string): Promise<void> => {
    if (topic === 'prices') connection.send({ type: 'prices', prices: await allPrices(state) })
    else if (topic === 'state' || topic === 'status')
      connection.send({ type: topic, [topic]: insight[topic]() })
    else sendCandle(connection, topic)
  }

  const admit = (connection: Connection, token: string): void => {
    try {
      const { exp } = app.jwt.verify<{ exp: number }>(token)
      connection.admit(exp * 1_000 - clock.wall())
    } catch (error) {
      const { code, message } = tokenError(error)
      connection.refuse({ code, detail: message })
      connection.close(CLOSE.unauthenticated)
    }
  }

  const take = async (connection: Connection, message: ClientMessage): Promise<void> => {
    if (message.type === 'ping') return connection.send({ type: 'pong' })
    if (message.type === 'auth') return admit(connection, message.token)
    if (!connection.isReady) {
      return connection.refuse({ code: 'UNAUTHENTICATED', detail: 'Send {"type":"auth","token":…} first.' })
    }
    if (message.type === 'unsubscribe') {
      connection.unsubscribe(message.topics)
    } else if (!connection.subscribe(message.topics)) {
      return connection.refuse({ code: 'TOO_MANY_TOPICS', detail: 'Unsubscribe from something first.' })
    }
    connection.send({ type: 'subscribed', topics: [...connection.topics] })
    if (message.type === 'subscribe') for (const topic of message.topics) await sendFirst(connection, topic)
  }

  const reportFailure = (error: unknown): void => log.warn({ err: error }, 'the stream could not send')
  const timers = [
    every(clock, FLUSH_EVERY_MS, () => flush().catch(reportFailure)),
    every(clock, INSIGHT_EVERY_MS, sendInsight),
    every(clock, LIMITS.heartbeatMs, () => connections.forEach((connection) => connection.heartbeat())),
  ]

  app.get('/api/v1/stream', { websocket: true, schema: { hide: true } }, (socket) => {
    const connection = new Connection(socket, clock)
    socket.on('error', (error) => log.debug({ err: error }, 'a stream connection failed'))
    socket.on('close', () => {
      connection.ended()
      connections.delete(connection)
    })
    if (connections.size >= MOST_CONNECTIONS) return connection.close(CLOSE.tooMany)
    connections.add(connection)
    socket.on('message', (data) => {
      if (!connection.accept()) return
      const message = parseMessage(String(data))
      if ('code' in message) connection.refuse(message)
      else take(connection, message).catch(reportFailure)
    })
  })

  app.addHook('preClose', async () => {
    unlisten()
    for (const timer of timers) timer.cancel()
    for (const connection of connections) connection.close(CLOSE.goingAway)
  })
}
