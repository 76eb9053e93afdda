import {
  limiter,
  type LimiterStore,
  type LimitRule,
  memoryStore,
  open,
  sleep,
  type StoreFactory,
} from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'
import { Borrower } from '../../../src/kinds/limiter/borrower.ts'
import { InProcessLimits } from '../../../src/kinds/limiter/in-process.ts'
import { seededRandom } from '../../simulation/seeded-random.ts'
import { Oracle } from './oracle.ts'

const rule: LimitRule = { algorithm: 'gcra', limit: 100, periodMs: 10_000 }

/** Counts the calls of a store. */
function counted(store: LimiterStore) {
  const calls: number[] = []
  const take: LimiterStore['take'] = (ask) => {
    calls.push(ask.cost)
    return store.take(ask)
  }
  return { store: { take, takeAll: store.takeAll.bind(store) }, calls }
}

test('one request for many takes', async () => {
  const clock = virtualClock()
  const { store, calls } = counted(new InProcessLimits(clock))
  const borrower = new Borrower(store, clock, 0.2)
  const take = () => borrower.take({ key: 'k', rule, cost: 1 })
  const taken = await Promise.all(Array.from({ length: 40 }, take))
  expect(taken.every(({ allowed }) => allowed)).toBe(true)
  expect(taken.map(({ remaining }) => remaining)).toEqual(
    Array.from({ length: 40 }, (_, index) => 99 - index),
  )
  expect(calls).toEqual([20, 20])
  expect(await take()).toMatchObject({ limit: 100, periodMs: 10_000, retryAfterMs: 0, nextMs: 100 })
})

test('what is not used is lost when the store has it back, and not before', async () => {
  const clock = virtualClock()
  const limits = new InProcessLimits(clock)
  const { store, calls } = counted(limits)
  const [one, other] = [new Borrower(store, clock, 0.2), new Borrower(store, clock, 0.2)]
  await one.take({ key: 'k', rule, cost: 1 })
  // 80 are left, and 19 are held by the other.
  expect(await limits.take({ key: 'k', rule, cost: 81 })).toMatchObject({ allowed: false })
  await clock.advance(1_000)
  // Ten of 20 are back by now, so ten of them are given out at most.
  expect(await limits.take({ key: 'k', rule, cost: 90 })).toMatchObject({ allowed: true, remaining: 0 })
  const asks = Array.from({ length: 20 }, () => one.take({ key: 'k', rule, cost: 1 }))
  expect((await Promise.all(asks)).filter(({ allowed }) => allowed)).toHaveLength(10)
  expect(await other.take({ key: 'k', rule, cost: 1 })).toMatchObject({ allowed: false })
  expect(calls.length).toBeLessThan(15)
})

test('what is denied is denied without the store until something can be there', async () => {
  const clock = virtualClock()
  const { store, calls } = counted(new InProcessLimits(clock))
  const borrower = new Borrower(store, clock, 0.2)
  const take = (cost = 1) => borrower.take({ key: 'k', rule, cost })
  let last = await take()
  while (last.allowed) last = await take()
  const before = calls.length
  await clock.advance(40)
  for (let again = 0; again < 100; again++)
    expect(await take()).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 60, nextMs: 60 })
  expect(calls.length).toBe(before)
  await clock.advance(60)
  expect(await take()).toMatchObject({ allowed: true })
})

test('what is more than a batch, or more than is held, is asked for as it is', async () => {
  const clock = virtualClock()
  const { store, calls } = counted(new InProcessLimits(clock))
  const borrower = new Borrower(store, clock, 0.2)
  const take = (cost: number) => borrower.take({ key: 'k', rule, cost })
  await take(30)
  await take(18)
  await take(4)
  await take(2)
  expect(calls).toEqual([30, 20, 4])
})

test('what was borrowed under one rate is not given out under another', async () => {
  const clock = virtualClock()
  const { store, calls } = counted(new InProcessLimits(clock))
  const borrower = new Borrower(store, clock, 0.5)
  await borrower.take({ key: 'k', rule, cost: 1 })
  const lower = { ...rule, limit: 4 }
  expect(await borrower.take({ key: 'k', rule: lower, cost: 1 })).toMatchObject({ limit: 4, remaining: 1 })
  expect(await borrower.take({ key: 'k', rule, cost: 1 })).toMatchObject({ limit: 100 })
  // Nothing is left; a half of the batch is not asked for either.
  expect(calls).toEqual([50, 2, 50, 1])
})

test('a store that fails fails all who wait for it at once, and the next ones ask again', async () => {
  let isAway = true
  const away: StoreFactory = (context) => {
    const { limits, ...store } = memoryStore()(context)
    const take: LimiterStore['take'] = (ask) =>
      isAway ? Promise.reject(new Error('away')) : limits.take(ask)
    return { ...store, limits: { takeAll: limits.takeAll.bind(limits), take } }
  }
  const hot = limiter({ key: 'hot:{id}', about: 'x', rate: '100/10s', onStoreDown: 'deny', borrow: 0.2 })
  const state = await open({ hot }, { store: away, clock: virtualClock() })
  onTestFinished(() => state.close())
  const ask = () => Promise.all([1, 2, 3].map(() => state.hot.take({ id: '1' })))
  expect((await ask()).map(({ allowed }) => allowed)).toEqual([false, false, false])
  isAway = false
  expect((await ask()).map(({ remaining }) => remaining)).toEqual([99, 98, 97])
})

test('four that borrow, over a slow store, never allow what the exact rule would not', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = seededRandom(seed)
    const clock = virtualClock()
    const limit = 1 + Math.floor(random() * 200)
    const hot: LimitRule = { algorithm: 'gcra', limit, periodMs: 1 + Math.floor(random() * 20_000) }
    const limits = new InProcessLimits(clock)
    /** When the store itself decided on an arrival. */
    const decided = new Map<number, number>()
    const slow: LimiterStore = {
      takeAll: limits.takeAll.bind(limits),
      async take(ask) {
        await sleep(clock, Math.floor(random() * 40))
        const answer = await limits.take(ask)
        decided.set((ask as unknown as { arrival: number }).arrival, clock.now())
        await sleep(clock, Math.floor(random() * 40))
        return answer
      },
    }
    const share = [0.05, 0.2, 0.5][seed % 3] as number
    const processes = [0, 1, 2, 3].map(() => new Borrower(slow, clock, share))
    const grants: { readonly atMs: number; readonly cost: number }[] = []
    const asked: Promise<unknown>[] = []
    for (let arrival = 0; arrival < 600; arrival++) {
      // Crowds, and pauses in which what is held goes over.
      const pause = random() < 0.02 ? random() * hot.periodMs : random() < 0.5 ? 0 : random() * 30
      await clock.advance(Math.floor(pause))
      const cost = random() < 0.8 ? 1 : 1 + Math.floor(random() * Math.min(limit, 10))
      const process = processes[Math.floor(random() * 4)] as Borrower
      const ask = { key: 'hot', rule: hot, cost, arrival }
      asked.push(
        process.take(ask).then(({ allowed }) => {
          if (allowed) grants.push({ atMs: decided.get(arrival) ?? clock.now(), cost })
        }),
      )
    }
    await clock.advance(60_000)
    await Promise.all(asked)
    const oracle = new Oracle()
    for (const { atMs, cost } of grants.toSorted((a, b) => a.atMs - b.atMs)) {
      oracle.now = Math.floor(atMs * 1_000)
      const exact = await oracle.take({ key: 'hot', rule: hot, cost })
      expect({ seed, atMs, allowed: exact.allowed }).toEqual({ seed, atMs, allowed: true })
    }
    expect(grants.length).toBeGreaterThan(10)
  }
})
