/**
 * The stream: prices, candles, accounts and insight, pushed to browsers over a WebSocket.
 *
 * What changed is told to the bridge, which reads it every 100 ms, once for all who follow it: a busy market costs a
 * bounded number of messages, and a slow client gets newer prices rather than all of them. What is sent comes through
 * the price keyspace, with its provenance, as it does over REST.
 */
import { type Clock, every } from 'holdfast'
import { liveSocket } from 'holdfast/fastify'
import { openLive } from 'holdfast/live'
import type { Logger } from 'pino'
import { DeskError } from '../domain/desk-error.ts'
import type { App } from '../http/app.ts'
import type { Tokens } from '../http/tokens.ts'
import { watchOutage } from '../ops/outage.ts'
import { followAccounts } from './accounts.ts'
import { type ChannelParts, deskChannels } from './channels.ts'
import { followMarket } from './market.ts'

const ACCOUNTS_EVERY_MS = 100
const INSIGHT_EVERY_MS = 1_000

/** What the stream shows, and to whom. */
export interface StreamParts extends ChannelParts {
  readonly tokens: Tokens
  readonly clock: Clock
  readonly log: Logger
}

/** Serves `GET /api/v1/stream` as a WebSocket, until the app closes. */
export async function streamRoutes(app: App, parts: StreamParts): Promise<void> {
  const { state, board, feed, tokens, clock, log } = parts
  const channels = deskChannels(parts)
  const outages = new Map([
    ['reading prices', watchOutage(log, 'sending prices to the stream')],
    ['reading account', watchOutage(log, 'sending accounts to the stream')],
  ])
  const live = openLive(Object.values(channels), {
    async authenticate(token) {
      const { sub, exp } = await tokens.check(token)
      return { who: { userId: sub }, user: sub, lifeMs: exp * 1_000 - clock.wall() }
    },
    explain: (error) =>
      error instanceof DeskError ? { code: error.code, detail: error.message } : undefined,
    onError(error, during) {
      const outage = outages.get(during)
      if (outage) outage.failed(error)
      else log.error({ err: error }, `the stream: ${during} failed`)
    },
    onRecovered: (during) => outages.get(during)?.worked(),
    clock,
  })

  const stopMarket = followMarket(feed, board, live, channels)
  const accounts = followAccounts(state, live, channels.account)
  const accountOutage = watchOutage(log, 'looking for changed accounts')
  const timers = [
    every(clock, ACCOUNTS_EVERY_MS, () => accounts().then(accountOutage.worked, accountOutage.failed)),
    every(clock, INSIGHT_EVERY_MS, () => {
      live.changed(channels.state, {})
      live.changed(channels.status, {})
    }),
  ]
  app.addHook('preClose', async () => {
    stopMarket()
    for (const timer of timers) timer.cancel()
  })

  await liveSocket(app, live, {
    url: '/api/v1/stream',
    route: { schema: { hide: true } },
    onClientError: (error) => log.debug({ err: error }, 'a stream connection failed'),
    handler() {
      throw new DeskError('UPGRADE_REQUIRED', 'This is a WebSocket: connect with ws:// or wss://.')
    },
  })
}
