import { cached, memoryStore, open } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { redisStore } from 'holdfast/redis'
import { eventually } from '../../servers/eventually.ts'
import { freshRedis } from '../../servers/redis.ts'

// Who uses a value never waits for its load; what nobody uses is left to expire.

function world(spec: { max?: number; hasLoader?: boolean } = {}) {
  const clock = virtualClock()
  const store = memoryStore()
  const asked: string[] = []
  const failing = new Set<string>()
  const portfolio = cached({
    key: 'portfolio:{user}',
    about: 'What a user holds.',
    value: z.string(),
    ttl: '30s',
    l1: { max: 100 },
    refreshAhead: { activeFor: '10m', ...(spec.max !== undefined && { max: spec.max }) },
    ...(spec.hasLoader !== false && {
      load: async ({ user }: { user: string }) => {
        asked.push(user)
        if (failing.has(user)) throw new Error('venue down')
        return `${user} ${asked.length}`
      },
    }),
  })
  return { clock, asked, failing, node: async () => (await open({ portfolio }, { store, clock })).portfolio }
}
const minutes = 60_000

test('a value in use is loaded again before it expires, until nobody has read it for a while', async () => {
  const { clock, asked, node } = world()
  const portfolio = await node()
  await portfolio.get({ user: 'ann' })
  for (let second = 0; second < 5 * 60; second++) {
    await clock.advance(1_000)
    expect(portfolio.peek({ user: 'ann' })).toBeDefined()
  }
  expect(asked.length).toBeGreaterThanOrEqual(10)
  expect(asked.length).toBeLessThanOrEqual(15)
  expect((await portfolio.read({ user: 'ann' })).ageMs).toBeLessThan(30_000)
  expect(portfolio.counts()).toMatchObject({ activeKeys: 1, misses: 1, aheadRefreshes: asked.length - 1 })

  await clock.advance(10 * minutes)
  expect(portfolio.counts().activeKeys).toBe(0)
  const before = asked.length
  await clock.advance(10 * minutes)
  expect(asked).toHaveLength(before)
  expect(clock.pending).toBe(0)
  await portfolio.getMany([{ user: 'ann' }])
  expect(portfolio.counts().activeKeys).toBe(1)
})

test('of two processes one loads, and both have the new value', async () => {
  const { clock, asked, node } = world()
  const [a, b] = [await node(), await node()]
  await a.get({ user: 'ann' })
  await b.get({ user: 'ann' })
  await clock.advance(5 * minutes)
  expect(asked.length).toBeLessThanOrEqual(15)
  expect([a.peek({ user: 'ann' }), b.peek({ user: 'ann' })]).toEqual(Array(2).fill(`ann ${asked.length}`))
})

test('some that fail do not stop the rest, and are tried again', async () => {
  const { clock, failing, node } = world()
  const portfolio = await node()
  const users = Array.from({ length: 20 }, (_, index) => ({ user: `u${index}` }))
  await portfolio.readMany(users)
  // More than are loaded at a time, and the first in line.
  const down = users.slice(0, 10)
  for (const { user } of down) failing.add(user)
  await clock.advance(28_000)
  const born = portfolio.counts().aheadRefreshes
  expect(born).toBeGreaterThanOrEqual(20)
  await clock.advance(5_000)
  expect(users.filter((id) => portfolio.peek(id) === undefined)).toEqual(down)
  failing.clear()
  await clock.advance(3_000)
  expect(users.filter((id) => portfolio.peek(id) === undefined)).toEqual([])
})

test('it is bounded, and warming is no use', async () => {
  const { clock, node } = world({ max: 3 })
  const portfolio = await node()
  const users = Array.from({ length: 10 }, (_, index) => ({ user: `u${index}` }))
  const warming = portfolio.warm(users)
  await clock.advance(1)
  expect(await warming).toMatchObject({ warmed: 10 })
  expect(portfolio.counts().activeKeys).toBe(0)
  await portfolio.getMany(users)
  expect(portfolio.counts().activeKeys).toBe(3)
})

test('without a loader nothing is kept fresh, but what is read through a wrapped function is', async () => {
  const { clock, node } = world({ hasLoader: false })
  const portfolio = await node()
  await portfolio.set({ user: 'ann' }, 'set')
  await portfolio.get({ user: 'ann' })
  await clock.advance(29_000)
  expect(await portfolio.get({ user: 'ann' })).toBe('set')
  expect(portfolio.counts().activeKeys).toBe(0)
  let calls = 0
  const get = portfolio.wrap(async () => `wrapped ${++calls}`)
  expect(await get({ user: 'bob' })).toBe('wrapped 1')
  await clock.advance(28_000)
  expect(portfolio.peek({ user: 'bob' })).toBe('wrapped 2')
})

test('a closed state keeps nothing fresh', async () => {
  const clock = virtualClock()
  let loads = 0
  const one = cached({
    key: 'one:{id}',
    about: 'x',
    value: z.number(),
    ttl: '1s',
    refreshAhead: { activeFor: '1h' },
    load: () => ++loads,
  })
  const state = await open({ one }, { clock })
  await state.one.get({ id: '1' })
  await state.close()
  await clock.advance(10 * minutes)
  expect([loads, clock.pending]).toEqual([1, 0])
})

test('on Redis too', async () => {
  let loads = 0
  const one = cached({
    key: 'one:{id}',
    about: 'x',
    value: z.number(),
    ttl: '500ms',
    l1: { max: 10 },
    refreshAhead: { activeFor: '1h' },
    load: () => ++loads,
  })
  const store = redisStore(freshRedis())
  const [a, b] = [await open({ one }, { store }), await open({ one }, { store })]
  await Promise.all([a.one.get({ id: '1' }), b.one.get({ id: '1' })])
  await eventually(() => (b.one.peek({ id: '1' }) ?? 0) > 3)
  expect(a.one.counts().misses + b.one.counts().misses).toBeLessThanOrEqual(2)
  await Promise.all([a.close(), b.close()])
})

test.each([
  [{ activeFor: '0s' }, /refreshAhead.activeFor/],
  [{ activeFor: '1m', max: 0 }, /refreshAhead.max/],
])('%j is refused', (refreshAhead, message) => {
  const spec = { key: 'a:{id}', about: 'x', value: z.string(), ttl: '1m', refreshAhead } as never
  expect(() => cached(spec)).toThrow(message)
})
