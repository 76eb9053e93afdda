import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { redisStore } from 'holdfast/redis'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { privateRedis } from '../../../../test/servers/redis.ts'
import type { StepSignal } from '../../src/trading/steps.ts'
import { codeOf, SOL, type Trader, type TradingDesk, useTradingDesks } from './trading-desk.ts'

const desks = useTradingDesks()
let desk: TradingDesk
let trader: Trader

beforeEach(async () => {
  desk = await desks.open()
  await desk.price(SOL, '150')
  trader = await desk.trader()
})

const buy = { side: 'buy', amount: '100', key: 'the key' } as const

test('the same order under the same key is executed once, and answered with the stored result', async () => {
  const first = await desk.trade(trader, buy)
  await desk.price(SOL, '999')
  const again = await desk.trade(trader, buy)
  expect(again).toEqual({ ...first, replayed: true })
  expect(await desk.balances(trader)).toMatchObject({ USDC: '9900' })
})

test('one amount has one key, however it is written; an address too', async () => {
  const first = await desk.trade(trader, buy)
  expect(await desk.trade(trader, { ...buy, amount: '100.000' })).toEqual({ ...first, replayed: true })
})

test.each([
  ['another amount', { amount: '101' }],
  ['the other side', { side: 'sell', amount: undefined }],
  ['another slippage', { maxSlippageBps: 20 }],
])('%s under the same key is refused', async (_what, change) => {
  await desk.trade(trader, buy)
  expect(await codeOf(desk.trade(trader, { ...buy, ...change } as never))).toBe('IDEMPOTENCY_MISMATCH')
  expect(await desk.balances(trader)).toMatchObject({ USDC: '9900' })
})

test('a key is its user’s own', async () => {
  const other = await desk.trader()
  const [mine, theirs] = [await desk.trade(trader, buy), await desk.trade(other, buy)]
  expect(theirs).toMatchObject({ status: 'CONFIRMED', replayed: false })
  expect(theirs.intentId).not.toBe(mine.intentId)
})

test('a refusal stores nothing: the key is still new', async () => {
  expect(await codeOf(desk.trade(trader, { ...buy, amount: '301' }))).toBe('PURCHASE_LIMIT')
  expect(await desk.trade(trader, { ...buy, amount: '100' })).toMatchObject({
    replayed: false,
    status: 'CONFIRMED',
  })
})

test('what the venue refused is stored, too', async () => {
  const order = { ...buy, maxSlippageBps: 0 }
  const first = await desk.trade(trader, order)
  expect(first).toMatchObject({ status: 'FAILED', error: { code: 'VENUE_REJECTED' } })
  expect(await desk.trade(trader, order)).toEqual({ ...first, replayed: true })
  expect(await desk.balances(trader)).toEqual({ USDC: '10000' })
})

describe('admission', () => {
  test('is asked for what is new alone: replays, conflicts and mistakes cost nothing', async () => {
    let asked = 0
    const admit = async () => void asked++
    await desk.trade(trader, { ...buy, admit })
    expect(asked).toBe(1)
    await desk.trade(trader, { ...buy, admit })
    await codeOf(desk.trade(trader, { ...buy, amount: '2', admit }))
    await codeOf(desk.trade(trader, { ...buy, key: 'other', amount: '0', admit }))
    expect(asked).toBe(1)
  })
})

test('a key that was used while the order waited for admission stands for that order', async () => {
  await desk.trade(trader, { ...buy, key: 'something to sell' })
  const sell = { side: 'sell', amount: '0.1', key: 'a part' } as const
  let admit = (): void => undefined
  let open = (): void => undefined
  const admitted = new Promise<void>((resolve) => (admit = resolve))
  const gate = new Promise<void>((resolve) => (open = resolve))
  const waiting = desk.trade(trader, {
    ...sell,
    admit: () => {
      admit()
      return gate
    },
  })
  await admitted
  const first = await desk.trade(trader, sell)
  open()
  expect(await waiting).toEqual({ ...first, replayed: true })
  expect(await desk.state.openPositions.get(trader)).toMatchObject([{ version: 2 }])
})

test('20 at once under one key are one order', async () => {
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => desk.trade(trader, buy)))
  const done = all.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
  const refused = all.filter((each) => each.status === 'rejected').map(({ reason }) => reason.code)
  expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(new Set(done.map(({ intentId }) => intentId)).size).toBe(1)
  expect(new Set(refused)).toEqual(new Set(refused.length > 0 ? ['TRADE_IN_PROGRESS'] : []))
  expect(await desk.balances(trader)).toMatchObject({ USDC: '9900' })
})

describe('a store that goes away', () => {
  test('while an order is at the venue: UNKNOWN, then booked once, without a restart', async () => {
    const server = await privateRedis()
    onTestFinished(() => server.stop())
    const fragile = await desks.open({ store: redisStore({ url: server.url, commandTimeout: '300ms' }) })
    await fragile.price(SOL, '150')
    const freeze = (message: unknown): void => {
      if ((message as StepSignal).step === 'buy.executed') process.kill(server.pid, 'SIGSTOP')
    }
    subscribe('desk:step', freeze)
    const [order, other] = [{ ...buy, key: 'frozen' }, await desk.trader()]
    const traded = await fragile.trade(trader, order).finally(() => unsubscribe('desk:step', freeze))
    expect(traded).toMatchObject({ status: 'UNKNOWN' })
    // Nothing new is begun without the store, and what was begun is not forgotten.
    expect(await codeOf(fragile.trade(trader, order))).toBe('TRADE_IN_PROGRESS')
    expect(await codeOf(fragile.trade(other, buy))).toMatch(/^HF_STORE_/)

    process.kill(server.pid, 'SIGCONT')
    await eventually(async () => (await fragile.trading.reconcile({ everyAge: true })).unresolved === 0)
    expect(await fragile.trade(trader, order)).toMatchObject({ status: 'CONFIRMED', replayed: true })
    expect(await fragile.balances(trader)).toMatchObject({ USDC: '9900' })
    expect(await fragile.trade(trader, { side: 'sell' })).toMatchObject({ status: 'CONFIRMED' })
  })
})
