import { eq } from 'drizzle-orm'
import { redisStore } from 'holdfast/redis'
import { beforeEach, describe, expect, test } from 'vitest'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { agents, positions, transactions } from '../../src/db/schema.ts'
import { saveAssets } from '../../src/db/assets.ts'
import type { DeskState } from '../../src/ops/state.ts'
import { expectBookedAsExecuted } from './books.ts'
import { MON, SOL, type Trader, type TradingDesk, useTradingDesks } from './trading-desk.ts'

// Two desks, as in two processes: each with connections and memory of its own, on one Redis and one database.

const desks = useTradingDesks()
let one: TradingDesk
let other: TradingDesk
let trader: Trader
let redis: ReturnType<typeof freshRedis>

beforeEach(async () => {
  redis = freshRedis()
  one = await desks.open({ store: redisStore(redis) })
  other = await desks.open({ store: redisStore(redis) })
  for (const desk of [one, other]) await desk.price(SOL, '150')
  trader = await one.trader()
})

const eitherDesk = (index: number): TradingDesk => (index % 2 === 0 ? one : other)

/** What all of them came to: results, and codes of refusals. */
async function outcomes(attempts: readonly ReturnType<TradingDesk['trade']>[]) {
  const settled = await Promise.allSettled(attempts)
  const results = settled.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
  const codes = settled
    .filter((each) => each.status === 'rejected')
    .map(({ reason }) => reason.code as string)
  return {
    results,
    codes,
    executed: results.filter(({ replayed, status }) => !replayed && status === 'CONFIRMED'),
  }
}

/** PostgreSQL and the cache, read by both desks, say the same. */
async function expectSameEverywhere(): Promise<void> {
  const [mine, theirs] = await Promise.all([one.state.balances.get(trader), other.state.balances.get(trader)])
  expect(mine).toEqual(theirs)
  expect(await one.state.openPositions.get(trader)).toEqual(await other.state.openPositions.get(trader))
  expect(await one.state.portfolio.get(trader)).toEqual(await other.state.portfolio.get(trader))
  // The second time they come from the cache.
  const cached = await one.state.balances.read(trader)
  expect(cached).toMatchObject({ tier: 'l2', value: mine })
  const { rows } = await one.db.execute<{ asset: string; amount: string }>(
    `SELECT asset, trim_scale(amount)::text AS amount FROM balances WHERE agent_id = '${trader.agentId}' AND amount > 0`,
  )
  expect(rows.map(({ asset, amount }) => `${asset} ${amount}`).toSorted()).toEqual(
    (mine ?? []).map(({ asset, amount }) => `${asset} ${amount}`).toSorted(),
  )
  await expectBookedAsExecuted(one.db)
}

describe('50 parallel sells of one position over two desks', () => {
  const sales = () => one.db.$count(transactions, eq(transactions.type, 'SELL'))

  test('under keys of their own: one execution, 49 conflicts', async () => {
    const before = await sales()
    await one.buy(trader, '200')
    const { results, codes, executed } = await outcomes(
      Array.from({ length: 50 }, (_, index) => eitherDesk(index).trade(trader, { side: 'sell' })),
    )
    expect(executed).toHaveLength(1)
    expect(results).toHaveLength(1)
    expect(codes).toHaveLength(49)
    expect(codes.filter((code) => code !== 'TRADE_IN_PROGRESS' && code !== 'POSITION_CLOSED')).toEqual([])
    expect((await sales()) - before).toBe(1)
    await expectSameEverywhere()
  })

  test('under one key: one execution, stored replies or conflicts', async () => {
    const before = await sales()
    await one.buy(trader, '200')
    const sell = { side: 'sell', key: 'sell it' } as const
    const { results, codes, executed } = await outcomes(
      Array.from({ length: 50 }, (_, index) => eitherDesk(index).trade(trader, sell)),
    )
    expect(executed).toHaveLength(1)
    expect(new Set(results.map(({ intentId }) => intentId)).size).toBe(1)
    expect(codes.filter((code) => code !== 'TRADE_IN_PROGRESS')).toEqual([])
    expect((await sales()) - before).toBe(1)
    expect(await other.trade(trader, sell)).toEqual({ ...executed[0], replayed: true })
    await expectSameEverywhere()
  })

  test('without any lock, PostgreSQL alone still lets one through', async () => {
    await one.buy(trader, '200')
    const unlocked = await desks.open({ store: redisStore(redis), wrap: withoutLock })
    await unlocked.price(SOL, '150')
    const { executed, codes } = await outcomes(
      Array.from({ length: 20 }, () => unlocked.trade(trader, { side: 'sell' })),
    )
    expect(executed).toHaveLength(1)
    expect(codes).toHaveLength(19)
    await expectSameEverywhere()
  })
})

/** Everybody gets the lock, with growing tokens. */
function withoutLock(state: DeskState): DeskState {
  let token = BigInt(Date.now()) * 1_000n
  const run: DeskState['positionLock']['run'] = (_id, work) =>
    work({ token: ++token, signal: new AbortController().signal, assertHeld: () => undefined })
  return { ...state, positionLock: { ...state.positionLock, run } }
}

test('a seller whose lock has gone to somebody else comes too late', async () => {
  const { positionId } = await one.buy(trader, '200')
  await one.db
    .update(positions)
    .set({ fence: 2n ** 52n })
    .where(eq(positions.id, positionId ?? ''))
  await expect(one.trade(trader, { side: 'sell' })).rejects.toMatchObject({
    code: 'TRADE_IN_PROGRESS',
    retryAfterMs: 1_000,
  })
  expect(await one.state.openPositions.get(trader)).toHaveLength(1)
})

test('purchases that together exceed the balance: as many as it reaches for', async () => {
  const many = await listAssets(12)
  await one.db
    .update(agents)
    .set({
      config: {
        purchase: {
          limits: {
            USDC: {
              minimumBalance: '0',
              minPurchase: '0',
              maxPurchase: '9000',
              sizes: [{ fromBalance: '0', least: '1', most: '1' }],
            },
          },
        },
      },
    })
    .where(eq(agents.id, trader.agentId))
  const { executed, codes } = await outcomes(
    many.map((asset, index) => eitherDesk(index).buy(trader, '3000', asset)),
  )
  expect(executed).toHaveLength(3)
  expect(codes).toEqual(Array.from({ length: 9 }, () => 'INSUFFICIENT_BALANCE'))
  expect(await one.balances(trader, 'monad')).toMatchObject({ USDC: '1000' })
  await expectSameEverywhere()
})

test('two purchases of one asset at once are one', async () => {
  const { executed, codes } = await outcomes(
    Array.from({ length: 10 }, (_, index) => eitherDesk(index).buy(trader, '100')),
  )
  expect(executed).toHaveLength(1)
  expect(codes.filter((code) => code !== 'TRADE_IN_PROGRESS' && code !== 'POSITION_EXISTS')).toEqual([])
  expect(await one.balances(trader)).toMatchObject({ USDC: '9900' })
  await expectSameEverywhere()
})

test('no more positions than are allowed, also of purchases that are still under way', async () => {
  const many = await listAssets(12)
  await one.db
    .update(agents)
    .set({ config: { purchase: { maxOpenPositions: 5 } } })
    .where(eq(agents.id, trader.agentId))
  const { executed, codes } = await outcomes(
    many.map((asset, index) => eitherDesk(index).buy(trader, '10', asset)),
  )
  expect(executed).toHaveLength(5)
  expect(new Set(codes)).toEqual(new Set(['TOO_MANY_POSITIONS']))
  await expectSameEverywhere()
})

test('selling, buying more and selling again, all at once: the books stay sound', async () => {
  await one.buy(trader, '100')
  const attempts = Array.from({ length: 40 }, (_, index) => {
    const desk = eitherDesk(index)
    if (index % 4 === 0) return desk.trade(trader, { side: 'sell' })
    if (index % 4 === 1) return desk.trade(trader, { side: 'sell', amount: '0.01' })
    return desk.trade(trader, { side: 'buy', amount: '20', reason: index % 4 === 2 ? 'dca' : 'manual' })
  })
  const { executed } = await outcomes(attempts)
  expect(executed.length).toBeGreaterThan(0)
  await expectSameEverywhere()
})

test('what one desk traded, the other reads at once', async () => {
  for (let round = 0; round < 10; round++) {
    await one.buy(trader, '10')
    expect(await other.state.openPositions.get(trader)).toHaveLength(1)
    expect(Number((await other.balances(trader))['USDC'])).toBeLessThan(10_000)
    await other.trade(trader, { side: 'sell' })
    expect(await one.state.openPositions.get(trader)).toEqual([])
  }
})

async function listAssets(count: number) {
  const many = Array.from({ length: count }, (_, index) => {
    const asset = MON.asset.slice(0, -2) + index.toString(16).padStart(2, '0')
    return { ...MON, asset, symbol: `M${index}` }
  })
  await saveAssets(one.db, many)
  for (const desk of [one, other]) {
    await desk.state.assets.delete({})
    for (const asset of many) await desk.price(asset, '1')
  }
  return many
}
