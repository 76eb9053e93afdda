import { eq } from 'drizzle-orm'
import { systemClock } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { paperOrders } from '../../src/db/schema.ts'
import type { Executor, Order } from '../../src/execution/executor.ts'
import { paperExecutor } from '../../src/execution/paper/paper-executor.ts'
import { SOL, useDatabase } from '../test-desk.ts'

const database = useDatabase()
let paper: Executor
beforeAll(() => {
  paper = paperExecutor({ url: database.url, latencyMs: 0, clock: systemClock })
})
afterAll(() => paper.close())

const { signal } = new AbortController()
let orders = 0

function order(changes: Partial<Order> = {}): Order {
  return {
    clientOrderId: `order-${orders++}`,
    side: 'buy',
    chain: SOL.chain,
    asset: SOL.asset,
    quote: 'USDC',
    amount: '100',
    decimals: 9,
    quoteDecimals: 6,
    reference: { price: '150', seq: 1, eventTime: 1_570_752_000_000 },
    maxSlippageBps: null,
    ...changes,
  }
}

test('an order is executed once, whatever is asked under its id afterwards', async () => {
  const first = order()
  const filled = await paper.execute(first, signal)
  expect(filled).toMatchObject({ state: 'filled', at: '2019-10-11T00:00:00.000Z' })
  expect(await paper.execute(first, signal)).toEqual(filled)
  expect(await paper.execute({ ...first, side: 'sell', amount: '9' }, signal)).toEqual(filled)
  expect(await paper.cancel(first.clientOrderId, signal)).toEqual(filled)
  expect(await paper.find(first.clientOrderId, signal)).toEqual(filled)
})

test('20 at once under one id are one', async () => {
  const one = order()
  const all = await Promise.all(Array.from({ length: 20 }, () => paper.execute(one, signal)))
  expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(1)
})

test('what has not arrived is not known, and cannot arrive once it is cancelled', async () => {
  const late = order()
  expect(await paper.find(late.clientOrderId, signal)).toBeNull()
  expect(await paper.cancel(late.clientOrderId, signal)).toMatchObject({ state: 'cancelled' })
  expect(await paper.execute(late, signal)).toMatchObject({ state: 'cancelled' })
  expect(await paper.find(late.clientOrderId, signal)).toMatchObject({ state: 'cancelled' })
})

test('what is refused stays refused', async () => {
  const tight = order({ maxSlippageBps: 0, amount: '100000' })
  const refused = await paper.execute(tight, signal)
  expect(refused).toMatchObject({ state: 'rejected', reason: expect.stringContaining('basis points') })
  expect(await paper.execute({ ...tight, maxSlippageBps: null }, signal)).toEqual(refused)
})

test('what cannot be counted is refused, and not left open', async () => {
  const huge = order({ side: 'sell', amount: '9'.repeat(38) })
  expect(await paper.execute(huge, signal)).toMatchObject({
    state: 'rejected',
    reason: expect.stringContaining('cannot be priced'),
  })
})

test('an execution is in the book before anybody is told, and outlives whoever asked', async () => {
  const abandoned = order()
  const abort = new AbortController()
  const executing = paper.execute(abandoned, abort.signal)
  await executing
  abort.abort()
  const other = paperExecutor({ url: database.url, latencyMs: 0, clock: systemClock })
  onTestFinished(() => other.close())
  expect(await other.find(abandoned.clientOrderId, signal)).toEqual(await executing)
  const rows = await database.open.db
    .select()
    .from(paperOrders)
    .where(eq(paperOrders.clientOrderId, abandoned.clientOrderId))
  expect(rows).toHaveLength(1)
})

test('an order takes its time, and one that is called off on its way never arrives', async () => {
  const clock = virtualClock()
  const slow = paperExecutor({ url: database.url, latencyMs: 120, clock })
  onTestFinished(() => slow.close())
  expect(slow.deadlineMs).toBeGreaterThan(120)
  const called = order()
  const abort = new AbortController()
  const executing = slow.execute(called, abort.signal).catch(String)
  await clock.advance(119)
  abort.abort(new Error('called off'))
  expect(await executing).toBe('Error: called off')
  expect(await slow.find(called.clientOrderId, signal)).toBeNull()

  const arriving = slow.execute(order(), signal)
  await clock.advance(120)
  expect(await arriving).toMatchObject({ state: 'filled' })
})
