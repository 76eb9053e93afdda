import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { memoryStore, open, topic } from 'holdfast'
import { eventSourceSocket, liveClient } from 'holdfast/browser'
import { liveSocket, liveStream } from 'holdfast/fastify'
import { type ChannelsOf, events, type LiveLimits, LiveRefusedError, openLive, value } from 'holdfast/live'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { ReadStream } from './read-stream.ts'

// Real servers and real sockets; what only the bridge decides is in test/live, in virtual time.
const trades = topic({ key: 'trades:{agentId}', about: 'Trades.', value: z.object({ n: z.number() }) })
const AGENT = { agentId: '7' }

async function application(limits: Partial<LiveLimits> = {}) {
  const state = await open({ trades }, { store: memoryStore() })
  const prices = new Map([['SOL', '1']])
  const price = value({
    key: 'price:{asset}',
    may: ({ asset }) => asset !== 'SECRET',
    get: ({ asset }) => prices.get(asset),
    every: '0ms',
  })
  const traded = events({
    key: 'trades:{agentId}',
    may: ({ agentId }) => (agentId === 'me' ? AGENT : true),
    follow: (id, options) => state.trades.subscribe(id, options),
    snapshot: ({ agentId }) => ({ of: agentId }),
  })
  const live = openLive([price, traded], {
    authenticate(token) {
      if (token === 'ada' || token === 'bob') return { who: token, user: token }
      throw new LiveRefusedError('UNAUTHENTICATED', 'Who are you?')
    },
    limits,
  })
  const app = fastify()
  await liveSocket(app, live, { url: '/live', tokenOf: ({ headers }) => headers['x-token']?.toString() })
  liveStream(app, live, { url: '/events' })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await app.close()
    await state.close()
  })
  const { port } = app.server.address() as AddressInfo
  const set = (asset: string, usd: string): void => {
    prices.set(asset, usd)
    live.changed(price, { asset })
  }
  const http = `http://127.0.0.1:${port}`
  const read = async (query: string, headers: Record<string, string> = { authorization: 'Bearer ada' }) => {
    const stream = await ReadStream.open(`${http}/events?${query}`, headers)
    onTestFinished(() => stream.close())
    return stream
  }
  return { app, state, live, set, read, http, ws: `ws://127.0.0.1:${port}/live` }
}

const publish = async ({ state }: Awaited<ReturnType<typeof application>>, ...numbers: number[]) => {
  for (const n of numbers) await state.trades.publish(AGENT, { n })
}

test('a client follows values and events over a WebSocket, and goes on after the server dropped it', async () => {
  const desk = await application()
  type Channels = ChannelsOf<typeof desk.live>
  const sockets: WebSocket[] = []
  const nowhere: string[] = []
  const client = liveClient<Channels>({
    open() {
      const socket = new WebSocket(nowhere.pop() ?? desk.ws)
      sockets.push(socket)
      return socket
    },
    random: () => 0,
  })
  onTestFinished(() => client.stop())
  const heard: unknown[] = []
  client.follow('price:{asset}', { asset: 'SOL' }, { values: ([usd]) => heard.push(usd) })
  client.follow(
    'price:{asset}',
    { asset: 'SECRET' },
    {
      values: () => heard.push('a secret'),
      refused: ({ code }) => heard.push(code),
    },
  )
  client.follow('trades:{agentId}', AGENT, {
    snapshot: ({ of }) => heard.push(`snapshot of ${of}`),
    event: (event) => heard.push(event.value.n),
    gap: () => heard.push('gap'),
  })
  client.start('ada')
  await eventually(() => heard.length === 3)
  expect(new Set(heard.splice(0))).toEqual(new Set(['1', 'FORBIDDEN', 'snapshot of 7']))
  desk.set('SOL', '2')
  await publish(desk, 1, 2)
  await eventually(() => heard.length === 3)
  expect(heard.splice(0)).toEqual(expect.arrayContaining(['2', 1, 2]))
  // The next attempt finds nobody.
  nowhere.push('ws://127.0.0.1:1')
  sockets[0]?.terminate()
  await publish(desk, 3, 4)
  await eventually(() => heard.length === 4)
  expect(heard.filter((one) => typeof one === 'number')).toEqual([3, 4])
  expect(sockets.length).toBe(3)
})

test('a token may come with the request', async () => {
  const { ws } = await application()
  const socket = new WebSocket(ws, { headers: { 'x-token': 'ada' } })
  const [data] = await once(socket, 'message')
  expect(JSON.parse(String(data))).toEqual({ type: 'ready', heartbeatMs: 30_000 })
  const refused = new WebSocket(ws, { headers: { 'x-token': 'eve' } })
  const [code] = await once(refused, 'close')
  expect(code).toBe(4401)
  socket.terminate()
})

test('a message that is too large ends its connection, the end of the server ends all', async () => {
  const { app, ws } = await application({ largestMessageBytes: 100 })
  const [loud, quiet] = [new WebSocket(ws), new WebSocket(ws)]
  await Promise.all([once(loud, 'open'), once(quiet, 'open')])
  loud.send('x'.repeat(101))
  expect((await once(loud, 'close'))[0]).toBe(1009)
  const closed = once(quiet, 'close')
  await app.close()
  expect((await closed)[0]).toBe(1001)
})

test('what is no WebSocket is told so', async () => {
  const { http } = await application()
  const response = await fetch(`${http}/live`)
  expect([response.status, await response.json()]).toMatchObject([426, { code: 'UPGRADE_REQUIRED' }])
})

test('server-sent events are the same messages, with an id from which a stream goes on', async () => {
  const desk = await application()
  await publish(desk, 1)
  const stream = await desk.read('topic=price:SOL&topic=trades:7&topic=price:SECRET')
  expect(stream.headers['content-type']).toBe('text/event-stream; charset=utf-8')
  expect(await stream.until('begun')).toMatchObject({ topic: 'trades:7', snapshot: { of: '7' } })
  expect(stream.heard).toContainEqual(
    expect.objectContaining({ type: 'error', topic: 'price:SECRET', code: 'FORBIDDEN' }),
  )
  await publish(desk, 2, 3)
  await stream.until('events', ({ events: sent }) => (sent as { seq: number }[]).at(-1)?.seq === 3)
  stream.close()
  await publish(desk, 4)
  const again = await desk.read('topic=price:SOL&topic=trades:7', {
    authorization: 'Bearer ada',
    'last-event-id': stream.lastId,
  })
  const { events: sent } = await again.until('events')
  expect(sent).toMatchObject([{ seq: 4, value: { n: 4 } }])
  // Nothing is sent anew that was resumed.
  expect(again.heard.filter(({ snapshot }) => snapshot !== undefined)).toEqual([])
})

test('a stream goes on from its last event id also where a topic was asked for by another name', async () => {
  const desk = await application()
  const stream = await desk.read('topic=trades:me')
  await stream.until('begun')
  await publish(desk, 1)
  await stream.until('events')
  stream.close()
  await publish(desk, 2)
  const again = await desk.read('topic=trades:me', {
    authorization: 'Bearer ada',
    'last-event-id': stream.lastId,
  })
  const { events: sent } = await again.until('events')
  expect(sent).toMatchObject([{ seq: 2, value: { n: 2 } }])
  expect(again.heard.filter(({ snapshot }) => snapshot !== undefined)).toEqual([])
})

test.each([
  ['', 400, 'UNKNOWN_MESSAGE'],
  ['topic=prices', 404, 'UNKNOWN_TOPIC'],
  ['topic=price:SECRET', 403, 'FORBIDDEN'],
  ['topic=trades:7&since=trades:7=nowhere', 400, 'UNKNOWN_POSITION'],
])('a stream of which nothing can be followed, %j, is answered with %i %s', async (query, status, code) => {
  const { http, live } = await application()
  const response = await fetch(`${http}/events?${query}`, { headers: { authorization: 'Bearer ada' } })
  expect([response.status, await response.json()]).toMatchObject([status, { code }])
  expect(live.counts.connections).toBe(0)
})

test('a stream without a token, and one too many, are refused', async () => {
  const desk = await application({ mostConnections: 1 })
  const response = await fetch(`${desk.http}/events?topic=price:SOL`)
  expect([response.status, await response.json()]).toMatchObject([401, { code: 'UNAUTHENTICATED' }])
  const stream = await desk.read('topic=price:SOL')
  const second = await fetch(`${desk.http}/events?topic=price:SOL`, {
    headers: { authorization: 'Bearer bob' },
  })
  expect([second.status, await second.json()]).toMatchObject([429, { code: 'TOO_MANY_CONNECTIONS' }])
  stream.close()
  await eventually(() => desk.live.counts.connections === 0)
})

test('the end of the server ends streams, and says why', async () => {
  const desk = await application()
  const stream = await desk.read('topic=price:SOL')
  await stream.until('values')
  const closing = stream.until('closing')
  await desk.app.close()
  expect(await closing).toEqual({ type: 'closing', code: 1001, reason: 'the server stops' })
})

/** A client of ours that reads server-sent events as a browser does. */
function readingClient(desk: Awaited<ReturnType<typeof application>>) {
  const client = liveClient<ChannelsOf<typeof desk.live>>({
    open: () =>
      eventSourceSocket({
        url: `${desk.http}/events`,
        open: (url) => ReadStream.asEventSource(url, { authorization: 'Bearer ada' }),
      }),
    oneWay: true,
    random: () => 0,
  })
  onTestFinished(() => client.stop())
  return client
}

test('the browser client hears and resumes a topic that the server calls by another name', async () => {
  const desk = await application()
  const client = readingClient(desk)
  const heard: unknown[] = []
  client.follow('trades:{agentId}', { agentId: 'me' }, { event: (event) => heard.push(event.value.n) })
  client.start()
  await eventually(() => client.state.kind === 'live')
  await publish(desk, 1)
  await eventually(() => heard.length === 1)
  client.follow('price:{asset}', { asset: 'SOL' }, { values: ([usd]) => heard.push(usd) })
  await publish(desk, 2)
  await eventually(() => heard.includes('1') && heard.includes(2))
  expect(heard.filter((one) => typeof one === 'number')).toEqual([1, 2])
})

test('the browser client reads server-sent events as it reads a WebSocket', async () => {
  const desk = await application()
  const client = readingClient(desk)
  const heard: unknown[] = []
  client.follow('trades:{agentId}', AGENT, { event: (event) => heard.push(event.value.n) })
  client.start()
  await eventually(() => client.state.kind === 'live')
  await publish(desk, 1)
  await eventually(() => heard.length === 1)
  // Another topic is another stream: what comes in between is resumed.
  client.follow('price:{asset}', { asset: 'SOL' }, { values: ([usd]) => heard.push(usd) })
  await publish(desk, 2)
  await eventually(() => heard.includes('1'))
  await publish(desk, 3)
  await eventually(() => heard.includes(3))
  expect(heard.filter((one) => typeof one === 'number')).toEqual([1, 2, 3])
})
