import { ClosedError, counter, DeclarationError, InvalidValueError, memoryStore, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'
import { freshRedis } from '../../servers/redis.ts'

const likes = counter({ key: 'likes:{postId}', about: 'Likes of a post.', ttl: '7d' })
const trades = counter({
  key: 'trades:{asset}',
  about: 'Trades a day.',
  windows: { every: '1d', keep: 3 },
})
const DAY_MS = 86_400_000
const NOON_MS = Date.UTC(2026, 0, 31, 12)
const sol = { asset: 'SOL' }

async function world(store = memoryStore(), clock = virtualClock(NOON_MS)) {
  const state = await open({ likes, trades }, { store, clock })
  onTestFinished(() => state.close())
  return { ...state, clock }
}

test('counts go up and down, and are told exactly', async () => {
  const { likes } = await world()
  const post = { postId: '1' }
  expect(await likes.get(post)).toBe(0n)
  expect(await likes.add(post)).toBe(1n)
  expect(await likes.add(post, 9_007_199_254_740_993n)).toBe(9_007_199_254_740_994n)
  expect(await likes.add(post, -4)).toBe(9_007_199_254_740_990n)
  expect(await likes.getMany([{ postId: '2' }, post])).toEqual([0n, 9_007_199_254_740_990n])
  expect(await likes.getMany([])).toEqual([])
  expect(await likes.clear(post)).toBe(true)
  expect(await likes.get(post)).toBe(0n)
})

test('a count is kept for so long after the last change', async () => {
  const { likes, clock } = await world()
  const post = { postId: '1' }
  await likes.add(post)
  await clock.advance(6 * DAY_MS)
  await likes.add(post)
  await clock.advance(7 * DAY_MS - 1)
  expect(await likes.get(post)).toBe(2n)
  await clock.advance(1)
  expect(await likes.get(post)).toBe(0n)
})

test('windows begin at midnight UTC, and as many can be read as are kept', async () => {
  const { trades, clock } = await world()
  await trades.add(sol, 5)
  await clock.advance(DAY_MS / 2 - 1)
  await trades.add(sol, 2)
  await clock.advance(1)
  expect(await trades.get(sol)).toBe(0n)
  await trades.add(sol)
  expect(await trades.get(sol, { ago: 1 })).toBe(7n)
  expect(await trades.getMany([sol, { asset: 'ETH' }], { ago: 1 })).toEqual([7n, 0n])
  expect(await trades.windows(sol)).toEqual([
    { startMs: Date.UTC(2026, 1, 1), count: 1n },
    { startMs: Date.UTC(2026, 0, 31), count: 7n },
    { startMs: Date.UTC(2026, 0, 30), count: 0n },
  ])
  // The last moment in which the first window is one of three.
  await clock.advance(2 * DAY_MS - 1)
  expect((await trades.windows(sol)).map(({ count }) => count)).toEqual([0n, 1n, 7n])
  expect(await trades.windows(sol, 1)).toEqual([{ startMs: Date.UTC(2026, 1, 2), count: 0n }])
})

test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2n ** 63n, '1', null])(
  'an amount of %s is refused',
  async (amount) => {
    const { likes } = await world()
    await expect(likes.add({ postId: '1' }, amount as number)).rejects.toThrow(InvalidValueError)
    expect(await likes.get({ postId: '1' })).toBe(0n)
  },
)

test('a count that would leave 64 bits is refused, and stays', async () => {
  const { likes } = await world()
  const post = { postId: '1' }
  await likes.add(post, 2n ** 63n - 1n)
  await expect(likes.add(post)).rejects.toThrow(/^likes: 1 more would leave what 64 bits can count$/)
  expect(await likes.get(post)).toBe(2n ** 63n - 1n)
})

test.each([3, -1, 0.5, Number.NaN])('a window of %d ago is refused', async (ago) => {
  const { trades } = await world()
  await expect(trades.get(sol, { ago })).rejects.toThrow(/^trades\.ago: .* from 0 to 2$/)
})

test.each([
  ['ttl', {}],
  ['ttl', { ttl: 'for ever' }],
  ['ttl', { ttl: '1ms' }],
  ['ttl', { ttl: '1d', windows: { every: '1d', keep: 3 } }],
  ['windows.keep', { windows: { every: '1d', keep: 0 } }],
  ['windows.every', { windows: { every: '1', keep: 2 } }],
  ['max', { ttl: '1d', max: 5 }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const declare = (): unknown => counter({ key: 'a:{id}', about: 'x', ...(wrong as { ttl: '1d' }) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`counter('a:{id}').${field}`)
})

test('more than 1,000 at once are refused; after close it says so', async () => {
  const { likes, trades, close } = await world()
  const many = Array.from({ length: 1_001 }, (_, index) => ({ postId: String(index) }))
  await expect(likes.getMany(many)).rejects.toThrow(/likes\.getMany: has 1001 items, more than 1000/)
  await close()
  await expect(likes.add({ postId: '1' })).rejects.toThrow(ClosedError)
  await expect(trades.windows(sol)).rejects.toThrow(ClosedError)
})

test('Redis: windows are those of the server, whatever the clocks of the processes say', async () => {
  const store = redisStore(freshRedis())
  const [a, b] = [await world(store), await world(store, virtualClock(0))]
  await a.trades.add(sol, 2)
  await b.trades.add(sol, 3)
  // Of two windows: midnight may come in between.
  const [counted, read] = [await a.trades.windows(sol, 2), await b.trades.windows(sol, 2)]
  expect(counted).toEqual(read)
  expect(counted.reduce((sum, { count }) => sum + count, 0n)).toBe(5n)
  expect(counted[0]?.startMs).toBeGreaterThan(Date.UTC(2026, 1, 1))
})
