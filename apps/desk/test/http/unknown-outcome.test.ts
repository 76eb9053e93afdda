import { redisStore } from 'holdfast/redis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshRedis } from '../../../../test/servers/redis.ts'
import type { Execution, Executor, Order } from '../../src/execution/executor.ts'
import { openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { freshKey, openAccount } from '../trading/account.ts'
import { refusal } from './problem.ts'

const database = useDatabase()
let desk: TestDesk
let venue: { answer: (order: Order) => Promise<Execution>; found: Execution | null }
beforeEach(async () => {
  venue = { answer: () => new Promise(() => undefined), found: null }
  const executor: Executor = {
    name: 'venue',
    deadlineMs: 50,
    execute: (order) => venue.answer(order),
    find: async () => venue.found,
    cancel: async () => ({ state: 'cancelled', reason: 'it never arrived' }),
    close: async () => undefined,
  }
  desk = await openTestDesk({ database: database.open, store: redisStore(freshRedis()), executor })
  await desk.source.trade(SOL, '100', Date.now())
})
afterEach(() => desk.close())

const FILLED: Execution = {
  state: 'filled',
  orderId: 'v-1',
  price: '100',
  baseAmount: '0.999',
  quoteAmount: '99.9',
  fee: '0.1',
  slippageBps: 0,
  priceImpact: '0',
  at: new Date().toISOString(),
}

test('a venue that does not answer: 202 and UNKNOWN, never a failure; the money stays reserved until it is known', async () => {
  const account = await openAccount(desk, { assets: [SOL] })
  const key = freshKey()
  const answer = await account.buy(SOL, '100', key)
  expect(answer.statusCode).toBe(202)
  const { intentId } = answer.json()
  expect(answer.json()).toEqual({
    intentId,
    status: 'UNKNOWN',
    positionId: null,
    transaction: null,
    error: null,
  })
  expect((await account.get(`/api/v1/trades/${intentId}`)).json()).toMatchObject({ status: 'UNKNOWN' })
  expect((await account.read('balances')).balances).toMatchObject([
    { amount: '10000', available: '9900', reserved: '100' },
  ])
  expect((await account.read('transactions')).transactions[0]).toMatchObject({
    status: 'UNKNOWN',
    quoteAmount: '100',
  })
  // The same request again says so again, and another order of the asset has to wait.
  expect((await account.buy(SOL, '100', key)).statusCode).toBe(202)
  const other = await account.buy(SOL, '50')
  expect([refusal(other), other.headers['retry-after']]).toEqual(['409 TRADE_IN_PROGRESS', '1'])

  venue.found = FILLED
  await desk.trading.reconcile({ everyAge: true })
  const again = await account.buy(SOL, '100', key)
  expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([200, 'true'])
  expect(again.json()).toMatchObject({ intentId, status: 'CONFIRMED', transaction: { baseAmount: '0.999' } })
  expect((await account.read('portfolio')).cash).toBe('9900')
})

test('a venue that refuses: the trade has failed, and nothing has moved', async () => {
  venue.answer = async () => ({ state: 'rejected', reason: 'The market is closed.' })
  const account = await openAccount(desk, { assets: [SOL] })
  const key = freshKey()
  const answer = await account.buy(SOL, '100', key)
  expect(answer.statusCode).toBe(201)
  expect(answer.json()).toMatchObject({
    status: 'FAILED',
    transaction: null,
    error: { code: 'VENUE_REJECTED', message: 'The market is closed.' },
  })
  expect((await account.read('transactions')).transactions).toMatchObject([
    { status: 'FAILED', error: { code: 'VENUE_REJECTED', message: 'The market is closed.' } },
    { type: 'DEPOSIT', error: null },
  ])
  expect((await account.buy(SOL, '100', key)).json()).toEqual(answer.json())
  expect((await account.read('balances')).balances).toMatchObject([{ amount: '10000', reserved: '0' }])
  venue.answer = async () => FILLED
  expect((await account.buy(SOL, '100')).json()).toMatchObject({ status: 'CONFIRMED' })
})
