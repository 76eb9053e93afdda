import fastify from 'fastify'
import { cached, open, topic } from 'holdfast'
import { liveClient } from 'holdfast/browser'
import { liveSocket, liveStream } from 'holdfast/fastify'
import { type ChannelsOf, events, LiveRefusedError, openLive, value } from 'holdfast/live'
import { WebSocket } from 'ws'
import { z } from 'zod'

const price = cached({
  key: 'price:{asset}',
  about: 'Last traded price.',
  value: z.object({ usd: z.string() }),
  ttl: '60s',
  l1: { max: 10_000 },
})
const trades = topic({
  key: 'trades:{agentId}',
  about: 'Every trade of an agent.',
  value: z.object({ id: z.string(), side: z.enum(['buy', 'sell']) }),
})
const state = await open({ price, trades })
const ownerOf = (agentId: string) => (agentId === '7' ? 'ada' : undefined)
const positionsOf = async (agentId: string) => ({ agentId, open: 2 })

const prices = value({
  key: 'price:{asset}',
  may: () => true,
  get: async (id) => (await state.price.get(id)) ?? undefined,
  every: '100ms',
})
const traded = events({
  key: 'trades:{agentId}',
  may: ({ agentId }, who: { userId: string }) => {
    const owner = ownerOf(agentId)
    if (owner === undefined) throw new LiveRefusedError('AGENT_UNKNOWN', 'There is no such agent.')
    return owner === who.userId
  },
  follow: (id, options) => state.trades.subscribe(id, options),
  snapshot: ({ agentId }) => positionsOf(agentId),
})

const live = openLive([prices, traded], {
  authenticate(token) {
    if (token !== 'the token of ada') throw new LiveRefusedError('UNAUTHENTICATED', 'Sign in.')
    return { who: { userId: 'ada' }, user: 'ada', lifeMs: 3_600_000 }
  },
  limits: { mostTopics: 50, mostConnectionsOfOne: 20 },
  onError: (error, during) => console.log(during, error),
})
export type Channels = ChannelsOf<typeof live>

const app = fastify()
await liveSocket(app, live, { url: '/live' })
liveStream(app, live, { url: '/live/events' })
const url = await app.listen({ host: '127.0.0.1', port: 0 })

async function tick(asset: string, usd: string): Promise<void> {
  await state.price.set({ asset }, { usd })
  live.changed(prices, { asset })
}

const client = liveClient<Channels>({
  open: () => new WebSocket(`${url.replace('http', 'ws')}/live`),
  onUnauthorised: () => console.log('sign in again'),
})
const heard: string[] = []
const leave = client.follow(
  'price:{asset}',
  { asset: 'SOL' },
  { values: ([latest]) => latest && heard.push(`SOL at ${latest.usd}`) },
)
client.follow(
  'trades:{agentId}',
  { agentId: '7' },
  {
    snapshot: (positions) => heard.push(`${positions.open} positions`),
    event: ({ seq, value: trade }) => heard.push(`${seq}: ${trade.side} ${trade.id}`),
    gap: ({ missed }) => heard.push(`${missed} are missing`),
  },
)
client.follow(
  'trades:{agentId}',
  { agentId: '8' },
  {
    event: () => heard.push('what is not mine'),
    refused: ({ code }) => heard.push(code),
  },
)
client.start('the token of ada')

const until = async (text: string) => {
  while (!heard.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5))
  return text
}
console.log(await until('AGENT_UNKNOWN')) // AGENT_UNKNOWN
console.log(await until('2 positions')) // 2 positions
await tick('SOL', '148.25')
console.log(await until('SOL at 148.25')) // SOL at 148.25
await state.trades.publish({ agentId: '7' }, { id: 't1', side: 'buy' })
console.log(await until('1: buy t1')) // 1: buy t1
leave()

client.stop()
await app.close()
await state.close()
