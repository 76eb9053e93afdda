import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import fastify from 'fastify'
import { open, topic } from 'holdfast'
import { liveClient } from 'holdfast/browser'
import { liveSocket } from 'holdfast/fastify'
import { type ChannelsOf, events, openLive } from 'holdfast/live'
import { redisStore } from 'holdfast/redis'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { freshRedis } from '../servers/redis.ts'

// On real servers and by the real clock: what it is about is that 5 s of events come at once.
const trades = topic({
  key: 'trades:{agentId}',
  about: 'Trades.',
  value: z.object({ n: z.number(), about: z.string() }),
})
const AGENT = { agentId: '7' }
const EVENTS_PER_SECOND = 1_000
const AWAY_MS = 5_000
const MOST_QUEUED = 500
/** So large that what the kernel takes for a client that does not read is full within seconds. */
const ABOUT = 'x'.repeat(2_000)

test('away for 5 s under 1,000 events/s: no gap, no repeat; too slow: bounded, and told', async () => {
  const state = await open({ trades }, { store: redisStore(freshRedis()) })
  const traded = events({
    key: 'trades:{agentId}',
    may: () => true,
    follow: (id, options) => state.trades.subscribe(id, options),
  })
  const live = openLive([traded], {
    authenticate: (who) => ({ who }),
    limits: { mostQueuedEvents: MOST_QUEUED, mostQueuedBytes: 10 * MOST_QUEUED * ABOUT.length },
  })
  const app = fastify()
  await liveSocket(app, live, { url: '/live' })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await app.close()
    await state.close()
  })
  const url = `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}/live`

  const numbers: number[] = []
  const gaps: unknown[] = []
  const client = liveClient<ChannelsOf<typeof live>>({ open: () => new WebSocket(url) })
  onTestFinished(() => client.stop())
  client.follow('trades:{agentId}', AGENT, {
    event: ({ value }) => numbers.push(value.n),
    gap: (gap) => gaps.push(gap),
  })
  client.start('ada')
  const slow = new WebSocket(url)
  onTestFinished(() => slow.terminate())
  await once(slow, 'open')
  slow.send('{"type":"auth","token":"bob"}')
  slow.send('{"type":"subscribe","topics":["trades:7"]}')
  await eventually(() => live.counts.connections === 2 && client.state.kind === 'live')
  let published = 0
  const startedMs = performance.now()
  const publish = async (): Promise<void> => {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * EVENTS_PER_SECOND)
    const some = Array.from({ length: Math.min(200, due - published) }, () =>
      state.trades.publish(AGENT, { n: ++published, about: ABOUT }),
    )
    await Promise.all(some)
  }
  const publishing = { isOver: false }
  const publisher = (async () => {
    while (!publishing.isOver) {
      await publish()
      await wait(5)
    }
  })()
  onTestFinished(() => {
    publishing.isOver = true
    return publisher
  })
  await eventually(() => numbers.length > 100)
  slow.pause()
  let mostQueued = 0
  const watching = setInterval(() => {
    mostQueued = Math.max(mostQueued, live.counts.queuedEvents)
    // It reads again once the server gave it up, so that it can be told.
    if (live.counts.connections === 0) slow.resume()
  }, 5)
  onTestFinished(() => clearInterval(watching))
  const slowEnded = once(slow, 'close', { signal: AbortSignal.timeout(20_000) })

  client.stop()
  const seenBefore = numbers.length
  await wait(AWAY_MS)
  expect(published - seenBefore).toBeGreaterThan(0.8 * (AWAY_MS / 1_000) * EVENTS_PER_SECOND)
  const [code] = await slowEnded
  expect([code, mostQueued > 0, mostQueued <= MOST_QUEUED]).toEqual([4413, true, true])

  client.start('ada')
  await eventually(() => (numbers.at(-1) ?? 0) >= published - EVENTS_PER_SECOND / 2, 15_000)
  publishing.isOver = true
  await publisher
  await eventually(() => numbers.at(-1) === published, 10_000)
  expect(gaps).toEqual([])
  const first = numbers[0] ?? 0
  expect(numbers.every((number, index) => number === first + index)).toBe(true)
})
