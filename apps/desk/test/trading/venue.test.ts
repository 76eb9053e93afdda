import { eq, sql } from 'drizzle-orm'
import { redisStore } from 'holdfast/redis'
import { beforeEach, describe, expect, test } from 'vitest'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { intents } from '../../src/db/schema.ts'
import { httpVenue } from '../../src/execution/http-venue.ts'
import { type Behaviour, useVenue } from '../venue/venue.ts'
import { codeOf, MON, SOL, type Trader, type TradingDesk, useTradingDesks } from './trading-desk.ts'

const DEADLINE_MS = 300

const venue = useVenue()
const desks = useTradingDesks()
let desk: TradingDesk
let trader: Trader
let redis: ReturnType<typeof freshRedis>

beforeEach(async () => {
  redis = freshRedis()
  desk = await desks.open({ store: redisStore(redis), executor: httpVenue(venue.url, DEADLINE_MS) })
  await desk.price(SOL, '150')
  await desk.price(MON, '3')
  trader = await desk.trader()
})

/** How often the venue executed the order. */
async function fillsOf(intentId: string): Promise<number> {
  return (await venue.ledger()).fills.filter(({ clientOrderId }) => clientOrderId === intentId).length
}

const SILENT: Behaviour[] = ['hang', 'error', 'cut', 'garbage', 'nonsense']

describe.each(SILENT)('a venue that executes and then answers with: %s', (behaviour) => {
  test.each(['buy', 'sell'] as const)(
    'a %s is UNKNOWN until the venue is asked, and then one transaction',
    async (side) => {
      if (side === 'sell') await desk.buy(trader, '100')
      const cash = (await desk.balances(trader))['USDC']
      await venue.behave(behaviour)
      const order = { side, key: 'the key', ...(side === 'buy' && { amount: '100' }) } as const
      const traded = await desk.trade(trader, order)
      expect(traded).toMatchObject({ status: 'UNKNOWN', transaction: null, error: null })

      // Nothing has moved, what it may have spent is set aside, and nobody can trade the asset meanwhile.
      expect((await desk.balances(trader))['USDC']).toBe(cash)
      expect(await reserved()).toBe(side === 'buy' ? '100' : (await desk.balances(trader))['SOL'])
      expect(await codeOf(desk.trade(trader, { side, amount: '1.5' }))).toBe('TRADE_IN_PROGRESS')
      expect(await codeOf(desk.trade(trader, { side: 'buy', amount: '5' }))).toBe('TRADE_IN_PROGRESS')
      expect(await desk.trade(trader, order)).toEqual({ ...traded, replayed: true })
      expect(await desk.state.tradeStatus.get(traded)).toMatchObject({ state: 'UNKNOWN' })

      expect(await desk.trading.reconcile()).toEqual({ checked: 1, confirmed: 1, failed: 0, unresolved: 0 })
      expect(await desk.state.tradeStatus.get(traded)).toMatchObject({ state: 'CONFIRMED' })
      const again = await desk.trade(trader, order)
      expect(again).toMatchObject({ status: 'CONFIRMED', replayed: true, intentId: traded.intentId })
      expect(again.transaction).not.toBeNull()
      expect((await desk.balances(trader))['USDC']).not.toBe(cash)
      expect(await reserved()).toBe('0')
      expect(await fillsOf(traded.intentId)).toBe(1)
      expect((await venue.ledger()).received.filter((id) => id === traded.intentId)).toHaveLength(1)
      expect(await desk.trading.reconcile()).toEqual({ checked: 0, confirmed: 0, failed: 0, unresolved: 0 })
    },
  )
})

test('a venue that answers twice is heard once', async () => {
  await venue.behave('twice')
  const bought = await desk.buy(trader, '100')
  const sold = await desk.trade(trader, { side: 'sell' })
  for (const each of [bought, sold]) {
    expect(each).toMatchObject({ status: 'CONFIRMED' })
    expect(await fillsOf(each.intentId)).toBe(1)
  }
})

test('what the venue refuses is FAILED, and nothing stays reserved', async () => {
  await venue.behave('reject')
  expect(await desk.buy(trader, '100')).toMatchObject({
    status: 'FAILED',
    error: { code: 'VENUE_REJECTED', message: 'the market is closed' },
  })
  expect(await reserved()).toBe('0')
  await venue.behave('fill')
  expect(await desk.buy(trader, '100')).toMatchObject({ status: 'CONFIRMED' })
})

test('an order that is still on its way when it is asked about cannot arrive any more', async () => {
  await venue.behave('late')
  const traded = await desk.buy(trader, '100')
  expect(traded.status).toBe('UNKNOWN')
  expect(await desk.trading.reconcile()).toMatchObject({ checked: 1, failed: 1 })
  await venue.release()
  expect(await fillsOf(traded.intentId)).toBe(0)
  expect(await desk.state.tradeStatus.get(traded)).toMatchObject({
    state: 'FAILED',
    error: { code: 'NEVER_ARRIVED' },
  })
  expect(await desk.balances(trader)).toEqual({ USDC: '10000' })
  expect(await reserved()).toBe('0')
})

test('an order that arrives before it is asked about is executed, and booked', async () => {
  await venue.behave('late')
  const traded = await desk.buy(trader, '100')
  await venue.release()
  expect(await desk.trading.reconcile()).toMatchObject({ checked: 1, confirmed: 1 })
  expect(await fillsOf(traded.intentId)).toBe(1)
})

test('an order that was lost on its way is FAILED, and its key says so', async () => {
  await venue.behave('lost')
  const order = { side: 'buy', amount: '100', key: 'lost' } as const
  const traded = await desk.trade(trader, order)
  expect(traded.status).toBe('UNKNOWN')
  await desk.trading.reconcile()
  expect(await desk.trade(trader, order)).toEqual({
    intentId: traded.intentId,
    status: 'FAILED',
    positionId: null,
    transaction: null,
    error: { code: 'NEVER_ARRIVED', message: expect.any(String) },
    replayed: true,
  })
})

test('a venue that does not say stays UNKNOWN, and others have their turn', async () => {
  await venue.behave('dead')
  const first = await desk.buy(trader, '100')
  const second = await desk.buy(trader, '100', MON)
  expect(await desk.trading.reconcile()).toEqual({ checked: 2, confirmed: 0, failed: 0, unresolved: 2 })
  for (const each of [first, second])
    expect(await desk.state.tradeStatus.get(each)).toMatchObject({ state: 'UNKNOWN' })
  await venue.behave('fill')
  expect(await desk.trading.reconcile()).toEqual({ checked: 2, confirmed: 2, failed: 0, unresolved: 0 })
})

test('several that reconcile at once book it once', async () => {
  await venue.behave('hang')
  const traded = await desk.buy(trader, '100')
  const reports = await Promise.all(Array.from({ length: 8 }, () => desk.trading.reconcile()))
  for (const report of reports) expect(report.unresolved).toBe(0)
  expect(await desk.state.tradeStatus.get(traded)).toMatchObject({ state: 'CONFIRMED' })
  expect(await desk.balances(trader)).toMatchObject({ USDC: '9900' })
})

describe('what a process left open', () => {
  const leave = async (state: 'PREPARED' | 'SUBMITTED', ageMs: number) => {
    await venue.behave('hang')
    const order = { side: 'buy', amount: '100', key: `left ${state} ${ageMs}` } as const
    const { intentId } = await desk.trade(trader, order)
    await desk.db
      .update(intents)
      .set({ state, updatedAt: sql`now() - make_interval(secs => ${ageMs / 1_000})` })
      .where(eq(intents.id, intentId))
    await venue.behave('fill')
    return { intentId, order }
  }

  test('before it was sent: not touched for 30 s, then FAILED without asking anybody', async () => {
    const { intentId, order } = await leave('PREPARED', 25_000)
    expect(await desk.trading.reconcile()).toMatchObject({ checked: 0 })
    expect(await codeOf(desk.trade(trader, order))).toBe('TRADE_IN_PROGRESS')
    const { asked } = await venue.ledger()
    await desk.db
      .update(intents)
      .set({ updatedAt: sql`now() - interval '31 s'` })
      .where(eq(intents.id, intentId))
    expect(await desk.trading.reconcile()).toMatchObject({ checked: 1, failed: 1 })
    expect((await venue.ledger()).asked).toBe(asked)
    expect(await desk.trade(trader, order)).toMatchObject({
      status: 'FAILED',
      error: { code: 'NEVER_SENT' },
      replayed: true,
    })
  })

  test('after it was sent: not touched while its process may be waiting for the answer', async () => {
    const { intentId } = await leave('SUBMITTED', DEADLINE_MS)
    expect(await desk.trading.reconcile()).toMatchObject({ checked: 0 })
    await desk.db
      .update(intents)
      .set({ updatedAt: sql`now() - interval '6 s'` })
      .where(eq(intents.id, intentId))
    expect(await desk.trading.reconcile()).toMatchObject({ checked: 1, confirmed: 1 })
  })

  test('at any age, where nobody else trades on the database', async () => {
    await leave('SUBMITTED', 0)
    expect(await desk.trading.reconcile({ everyAge: true })).toMatchObject({ checked: 1, confirmed: 1 })
  })

  test('after its key has been forgotten', async () => {
    const { intentId } = await leave('SUBMITTED', 60_000)
    await desk.db.execute('DELETE FROM holdfast_idempotency')
    expect(await desk.trading.reconcile()).toMatchObject({ checked: 1, confirmed: 1 })
    expect(await desk.state.tradeStatus.get({ intentId })).toMatchObject({ state: 'CONFIRMED' })
  })
})

test('a slow process that reconciliation gave up on finds its order ended, and does not send it', async () => {
  const { received } = await venue.ledger()
  const slow = await desks.open({
    store: redisStore(redis),
    executor: httpVenue(venue.url, DEADLINE_MS),
    // Between its first two transactions somebody takes the order for abandoned.
    wrap: (state) => {
      let writes = 0
      const write: typeof state.write = async (body, options) => {
        if (++writes === 2) await desk.trading.reconcile({ everyAge: true })
        return state.write(body, options)
      }
      return { ...state, write }
    },
  })
  await slow.price(SOL, '150')
  expect(await slow.buy(trader, '100')).toMatchObject({ status: 'FAILED', error: { code: 'NEVER_SENT' } })
  expect((await venue.ledger()).received).toEqual(received)
  expect(await reserved()).toBe('0')
})

async function reserved(): Promise<string> {
  const { rows } = await desk.db.execute<{ total: string }>(
    `SELECT trim_scale(sum(reserved))::text AS total FROM balances WHERE agent_id = '${trader.agentId}'`,
  )
  return rows[0]?.total ?? ''
}

test.each(['buy', 'sell'] as const)(
  'a venue that says a %s took more than was ordered is not believed',
  async (side) => {
    const paper = httpVenue(venue.url, DEADLINE_MS)
    let isGreedy = false
    const greedy: typeof paper = {
      ...paper,
      async execute(order, signal) {
        const done = await paper.execute(order, signal)
        if (!isGreedy || done.state !== 'filled') return done
        return { ...done, ...(side === 'buy' ? { quoteAmount: order.amount } : { baseAmount: '0.51' }) }
      },
    }
    desk = await desks.open({ store: redisStore(redis), executor: greedy })
    if (side === 'sell') await desk.buy(trader, '100')
    const before = await desk.balances(trader)
    isGreedy = true
    const traded = await desk.trade(trader, { side, amount: side === 'buy' ? '100' : '0.5' })
    expect(traded.status).toBe('UNKNOWN')
    expect(await desk.balances(trader)).toEqual(before)
    // Asked again, it says what it did.
    expect(await desk.trading.reconcile()).toMatchObject({ confirmed: 1 })
  },
)
