/** The bridge, as an application has it: Fastify, a channel of prices, and a market that tells it what changed. */
import fastify from 'fastify'
import { liveSocket } from 'holdfast/fastify'
import { openLive, value } from 'holdfast/live'
import { answerOrders, meter } from './answering.ts'
import { largeMarket, market, priceOf } from './market.ts'
import { LOAD, TOO_SLOW_MS } from './messages.ts'

const prices = new Map<string, object>()
const price = value({
  key: 'price:{symbol}',
  may: () => true,
  get: ({ symbol }) => prices.get(symbol),
  every: '0ms',
})
const live = openLive([price], {
  authenticate: (who) => ({ who }),
  limits: { mostConnections: LOAD.clients + 10, tooSlowAfterMs: TOO_SLOW_MS },
})
const app = fastify()
await liveSocket(app, live, { url: '/live' })
const url = (await app.listen({ host: '127.0.0.1', port: 0 })).replace('http', 'ws')

const update = (symbol: string, at: number): void => {
  prices.set(symbol, priceOf(symbol, at))
  live.changed(price, { symbol })
}
const stops: (() => void)[] = []
let used = meter()

answerOrders((order) => {
  switch (order.kind) {
    case 'connect':
      stops.push(market(update))
      return `${url}/live`
    case 'begin':
      used = meter()
      return
    case 'figures':
      return { ...used(), connections: live.counts.connections }
    case 'freeze':
      stops.push(largeMarket(update))
      return
    case 'thaw':
      return
    case 'end':
      for (const stop of stops) stop()
      return app.close()
  }
})
