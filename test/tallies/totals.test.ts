import { createClient } from '@redis/client'
import { cached, memoryStore, open, systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { useProgram } from '../processes/program.ts'
import { eventually } from '../servers/eventually.ts'
import { proxyTo } from '../servers/proxy.ts'
import { privateRedis, freshRedis } from '../servers/redis.ts'
import { stores } from '../servers/stores.ts'
import { price } from './fixture.ts'

const SOL = { asset: 'SOL' }
const BAD = { asset: 'bad' }

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('totals add up what several processes counted, one that has closed included', async () => {
    const store = make()
    const first = await open({ price }, { store })
    await first.price.set(SOL, '1.00')
    await first.price.get(SOL)
    await first.close()
    const second = await open({ price }, { store })
    await second.price.get(SOL)
    await second.price.get({ asset: 'ETH' })
    await expect(second.price.get(BAD)).rejects.toThrow('no such asset')
    const { price: totals } = await second.totals()
    expect(totals?.counts).toEqual({ sets: 1, l1Hits: 1, l2Hits: 1, misses: 2, loads: 2, loadFailures: 1 })
    expect(totals?.hitRatio).toBe(0.5)
    await second.close()
  })

  test('totals tell when a load last stored a value, and when one last failed', async () => {
    const state = await open({ price }, { store: make() })
    const before = systemClock.wall()
    await state.price.get(SOL)
    const { price: refreshed } = await state.totals()
    expect(refreshed?.lastRefreshMs).toBeGreaterThan(before - 2_000)
    expect(refreshed?.lastRefreshMs).toBeLessThan(systemClock.wall() + 2_000)
    expect(refreshed?.lastLoadFailureMs).toBeNull()
    await expect(state.price.get(BAD)).rejects.toThrow()
    const { price: failed } = await state.totals()
    expect(failed?.lastLoadFailureMs).toBeGreaterThan(before - 2_000)
    await state.close()
  })

  test('a keyspace that counted nothing has no ratio and no times', async () => {
    const state = await open({ price }, { store: make() })
    expect(await state.totals()).toEqual({
      price: { counts: {}, hitRatio: null, lastRefreshMs: null, lastLoadFailureMs: null, sinceMs: null },
    })
    await state.close()
  })

  test('without a loader the ratio is that of hits among reads', async () => {
    const note = cached({ key: 'note:{id}', about: 'A note.', value: z.string(), ttl: '1m' })
    const state = await open({ note }, { store: make() })
    await state.note.get({ id: '1' })
    await state.note.set({ id: '1' }, 'x')
    await state.note.get({ id: '1' })
    expect((await state.totals()).note?.hitRatio).toBe(0.5)
    await state.close()
  })
})

test('a process in memory has no timer for it', async () => {
  const clock = virtualClock()
  const state = await open({ price }, { store: memoryStore(), clock })
  await state.price.get(SOL)
  expect(clock.pending).toBe(0)
  await state.close()
})

test('a process tells Redis what it counted once a second, and nothing while nothing happens', async () => {
  const clock = virtualClock()
  const redis = freshRedis()
  const state = await open({ price }, { store: redisStore(redis), clock })
  const reader = await open({ price }, { store: redisStore(redis) })
  const misses = async (): Promise<number | undefined> => (await reader.totals()).price?.counts['misses']
  await state.price.get(SOL)
  await clock.advance(999)
  expect(await misses()).toBeUndefined()
  await clock.advance(1)
  await eventually(async () => (await misses()) === 1)
  await state.price.get({ asset: 'ETH' })
  expect(await misses()).toBe(1)
  await clock.advance(1_000)
  await eventually(async () => (await misses()) === 2)
  await state.close()
  await reader.close()
})

test('reports of which nobody knows whether they arrived are counted once', async () => {
  const server = await privateRedis()
  const proxy = await proxyTo(server.url)
  const state = await open({ price }, { store: redisStore({ url: proxy.url, commandTimeout: '100ms' }) })
  const direct = await open({ price }, { store: redisStore({ url: server.url }) })
  const hits = async (): Promise<number | undefined> => (await direct.totals()).price?.counts['l1Hits']
  try {
    for (let round = 1; round <= 3; round++) {
      await state.price.set(SOL, '1.00')
      await state.totals()
      for (let read = 0; read < 10; read++) state.price.peek(SOL)
      proxy.loseAnswers()
      await expect(state.totals()).rejects.toMatchObject({ code: 'HF_STORE_TIMEOUT' })
      // It did arrive.
      await eventually(async () => (await hits()) === round * 10)
      proxy.cut()
      await eventually(() =>
        state.ping().then(
          () => true,
          () => false,
        ),
      )
      expect((await state.totals()).price?.counts['l1Hits']).toBe(round * 10)
    }
  } finally {
    await state.close()
    await direct.close()
    await proxy.close()
    await server.stop()
  }
})

test('a report that was lost is made up for by the next', async () => {
  const server = await privateRedis()
  const proxy = await proxyTo(server.url)
  const state = await open({ price }, { store: redisStore({ url: proxy.url, commandTimeout: '100ms' }) })
  try {
    await state.price.set(SOL, '1.00')
    proxy.loseRequests()
    await expect(state.totals()).rejects.toThrow()
    proxy.cut()
    await eventually(() =>
      state.ping().then(
        () => true,
        () => false,
      ),
    )
    expect((await state.totals()).price?.counts).toMatchObject({ sets: 1 })
  } finally {
    await state.close()
    await proxy.close()
    await server.stop()
  }
})

test('when Redis has lost its data counting begins anew, and says so', async () => {
  const server = await privateRedis()
  const state = await open({ price }, { store: redisStore({ url: server.url }) })
  const other = await open({ price }, { store: redisStore({ url: server.url }) })
  try {
    for (let index = 0; index < 5; index++) await state.price.set(SOL, '1.00')
    const before = await state.totals()
    expect(before.price?.counts).toEqual({ sets: 5 })
    await flush(server.url)
    expect((await other.totals()).price).toMatchObject({ counts: {}, sinceMs: null })
    await state.price.set(SOL, '1.00')
    // What happened up to the first report after the loss is where counting begins.
    await state.totals()
    await state.price.set(SOL, '1.00')
    const after = await state.totals()
    expect(after.price?.counts).toEqual({ sets: 1 })
    expect(after.price?.sinceMs).toBeGreaterThanOrEqual(before.price?.sinceMs ?? Infinity)
  } finally {
    await state.close()
    await other.close()
    await server.stop()
  }
})

test('Redis forgets writers that were silent for a day when another one comes, and what they counted stays', async () => {
  const redis = freshRedis()
  const raw = createClient({ url: redis.url })
  await raw.connect()
  const tally = `${redis.namespace}:~c:price:{asset}`
  const first = await open({ price }, { store: redisStore(redis) })
  await first.price.set(SOL, '1.00')
  await first.close()
  const writer = `w:${first.id}`
  const row = await raw.hGet(tally, writer)
  const [seconds] = await raw.sendCommand<[string]>(['TIME'])
  await raw.hSet(tally, writer, String(row).replace(/^\d+/, String((Number(seconds) - 86_401) * 1_000)))
  await raw.hSet(tally, 'w:recent', `${Number(seconds) - 80_000}000 sets=4`)
  const second = await open({ price }, { store: redisStore(redis) })
  await second.price.set(SOL, '1.00')
  expect((await second.totals()).price?.counts).toEqual({ sets: 2 })
  const writers = Object.keys(await raw.hGetAll(tally)).filter((field) => field.startsWith('w:'))
  expect(new Set(writers)).toEqual(new Set(['w:recent', `w:${second.id}`]))
  expect(await raw.ttl(tally)).toBeGreaterThan(29 * 86_400)
  await second.close()
  raw.destroy()
})

describe('a process that is killed', () => {
  const start = useProgram(new URL('counting-process.ts', import.meta.url))

  test('takes what it counted since its last report with it, and nothing else', async () => {
    const redis = freshRedis()
    const state = await open({ price }, { store: redisStore(redis) })
    const child = start(redis)
    // It has counted 1,000 and reported them; then it counts 500 more, and is killed before it can report.
    expect(await child.next()).toBe('reported')
    expect(await child.next()).toBe('counted more')
    await child.kill()
    for (let index = 0; index < 7; index++) await state.price.set(SOL, '1.00')
    expect((await state.totals()).price?.counts).toMatchObject({ deletes: 1_000, sets: 7 })
    await state.close()
  })
})

async function flush(url: string): Promise<void> {
  const client = createClient({ url })
  await client.connect()
  await client.flushAll()
  client.destroy()
}
