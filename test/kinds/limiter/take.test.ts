import { ClosedError, DeclarationError, limiter, memoryStore, open, type StoreFactory } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'
import { freshRedis } from '../../servers/redis.ts'

const trades = limiter({
  key: 'rate:trades:{userId}',
  about: 'Trades of a user.',
  rate: '10/60s',
  onStoreDown: 'deny',
})
const reads = limiter({ key: 'rate:reads:{userId}', about: 'Reads.', rate: '5/1s', onStoreDown: 'allow' })
const last = limiter({
  key: 'rate:last:{userId}',
  about: 'By a log.',
  rate: '3/60s',
  algorithm: 'sliding-log',
  onStoreDown: 'deny',
})
const user = { userId: 'u1' }

async function world(store: StoreFactory = memoryStore(), clock = virtualClock()) {
  const state = await open({ trades, reads, last }, { store, clock })
  onTestFinished(() => state.close())
  return { ...state, clock }
}

test('ten at once, and one more each sixth second', async () => {
  const { trades, clock } = await world()
  for (let taken = 1; taken <= 10; taken++) {
    const resetMs = taken * 6_000
    expect(await trades.take(user)).toEqual({
      allowed: true,
      remaining: 10 - taken,
      retryAfterMs: 0,
      nextMs: 6_000,
      resetMs,
      limit: 10,
      periodMs: 60_000,
    })
  }
  expect(await trades.take(user)).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 6_000 })
  await clock.advance(5_999)
  expect(await trades.take(user)).toMatchObject({ allowed: false, retryAfterMs: 1 })
  await clock.advance(1)
  expect(await trades.take(user)).toMatchObject({ allowed: true, remaining: 0 })
  await clock.advance(60_000)
  expect(await trades.take(user, { cost: 10 })).toMatchObject({ allowed: true, remaining: 0 })
})

test('a sliding log: never more than three in any minute', async () => {
  const { last, clock } = await world()
  const periodMs = 60_000
  expect(await last.take(user)).toMatchObject({ remaining: 2, nextMs: periodMs, resetMs: periodMs, limit: 3 })
  await clock.advance(20_000)
  expect(await last.take(user, { cost: 2 })).toMatchObject({
    remaining: 0,
    nextMs: 40_000,
    resetMs: periodMs,
  })
  await clock.advance(39_999)
  expect(await last.take(user)).toMatchObject({ allowed: false, retryAfterMs: 1, resetMs: 20_001 })
  expect(await last.take(user, { cost: 2 })).toMatchObject({
    allowed: false,
    retryAfterMs: 20_001,
    nextMs: 1,
  })
  await clock.advance(1)
  expect(await last.take(user)).toMatchObject({ allowed: true, remaining: 0, nextMs: 20_000 })
  await clock.advance(periodMs)
  expect(await last.take(user, { cost: 3 })).toMatchObject({ allowed: true, remaining: 0 })
})

test('costs, and a rate from a setting', async () => {
  const { trades } = await world()
  expect(await trades.take(user, { cost: 4 })).toMatchObject({ allowed: true, remaining: 6 })
  expect(await trades.take(user, { cost: 7 })).toMatchObject({ allowed: false, remaining: 6 })
  const other = { userId: 'u2' }
  expect(await trades.take(other, { rate: '2/1s' })).toMatchObject({
    remaining: 1,
    limit: 2,
    periodMs: 1_000,
  })
  expect(await trades.take(other, { rate: '2/1s', cost: 2 })).toMatchObject({ allowed: false })
})

test.each([0, -1, 1.5, 11, Number.NaN])('a cost of %d is refused', async (cost) => {
  const { trades } = await world()
  await expect(trades.take(user, { cost })).rejects.toThrow(
    /trades\.take\.cost: .* from 1 to the limit of 10/,
  )
})

test.each(['10', '10/', '/1s', '0/1s', '1.5/1s', '10/0s', '10/5', '-1/1s', '30000001/1s'])(
  "'%s' is no rate",
  async (rate) => {
    const spec = { key: 'rate:{id}', about: 'x', onStoreDown: 'allow' } as const
    expect(() => limiter({ ...spec, rate: rate as '1/1s' })).toThrow(DeclarationError)
    const { trades } = await world()
    await expect(trades.take(user, { rate: rate as '1/1s' })).rejects.toThrow(/^trades\.take\.rate: /)
  },
)

test.each([
  ['about', { about: '' }],
  ['onStoreDown', { onStoreDown: undefined }],
  ['onStoreDown', { onStoreDown: 'ask' }],
  ['burst', { burst: 5 }],
  ['algorithm', { algorithm: 'fixed-window' }],
  ['rate', { algorithm: 'sliding-log', rate: '10001/1s' }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const sound = { key: 'rate:{id}', about: 'x', rate: '1/1s', onStoreDown: 'deny' } as const
  const declare = (): unknown => limiter({ ...sound, ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`limiter('rate:{id}').${field}`)
})

test('after close it says so', async () => {
  const { trades, close } = await world()
  await close()
  await expect(trades.take(user)).rejects.toThrow(ClosedError)
})

test('Redis: 50 at once over two processes take exactly what is there, whatever their clocks say', async () => {
  const store = redisStore(freshRedis())
  // Time stands still here; the server's goes on. A limit in hours gives nothing back meanwhile.
  const rate = '20/1h'
  const [a, b] = [await world(store), await world(store)]
  await b.clock.advance(86_400_000)
  const taken = await Promise.all(
    Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? a : b).trades.take(user, { rate })),
  )
  expect(taken.filter(({ allowed }) => allowed)).toHaveLength(20)
  expect(await a.trades.take(user, { rate })).toMatchObject({ allowed: false, remaining: 0 })
})
