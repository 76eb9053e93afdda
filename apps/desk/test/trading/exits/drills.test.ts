import { eq, sql } from 'drizzle-orm'
import type { StoreFactory } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../../../../test/servers/eventually.ts'
import { freshRedis } from '../../../../../test/servers/redis.ts'
import { positions, transactions } from '../../../src/db/schema.ts'
import type { Asset } from '../../../src/domain/assets.ts'
import { refusal } from '../../http/problem.ts'
import { MON, openTestDesk, SOL, type TestDesk, useDatabase } from '../../test-desk.ts'
import { type Account, freshKey, openAccount } from '../account.ts'

// Whole desks with real PostgreSQL and Redis; prices come when the test says so.
const database = useDatabase()
/** Differs from SOL in case alone. */
const OTHER: Asset = { ...SOL, asset: SOL.asset.toLowerCase(), symbol: 'sol' }
const ASSETS = [SOL, OTHER, MON]
let store: StoreFactory
let desk: TestDesk
beforeEach(async () => {
  store = redisStore(freshRedis())
  desk = await openTestDesk({
    database: database.open,
    store,
    assets: ASSETS,
    trades: true,
    tradesPerMinute: 1_000,
  })
})
afterEach(() => desk.close())

const tick = (asset: Asset, price: string, of = desk) => of.source.trade(asset, price, Date.now())
const open = (options = {}) => openAccount(desk, { assets: [SOL, MON], ...options })
const sales = ({ agentId }: Account) =>
  database.open.db
    .select()
    .from(transactions)
    .where(sql`agent_id = ${agentId} AND type = 'SELL'`)
    .orderBy(transactions.createdAt)
const sold = (account: Account, count = 1) => eventually(async () => (await sales(account)).length === count)
/** Long enough for whatever else would be sold to be. */
const quiet = (account: Account) =>
  eventually(async () =>
    (await account.read('balances')).balances.every(({ reserved }: { reserved: string }) => reserved === '0'),
  )

describe('a tick through the stop', () => {
  test('sells the position, once, at that tick', async () => {
    const account = await open()
    await tick(SOL, '100')
    await account.buy(SOL, '1000')
    for (const price of ['90', '80', '70']) await tick(SOL, price)
    expect(await sales(account)).toEqual([])
    for (const price of ['68', '67', '66', '65']) await tick(SOL, price)
    await sold(account)
    await quiet(account)
    const [sale] = await sales(account)
    expect(sale).toMatchObject({ reason: 'stop_loss' })
    // On paper: at the price of the tick, less slippage.
    expect(Number(sale?.price)).toBeGreaterThan(67.5)
    const [position] = (await account.read('positions?status=closed')).positions
    expect(position).toMatchObject({ closeReason: 'stop_loss', amount: '0' })
    expect((await sales(account)).length).toBe(1)
  })

  test('that two processes see at once sells once', async () => {
    const other = await openTestDesk({ database: database.open, store, assets: ASSETS, trades: true })
    const accounts = await Promise.all(Array.from({ length: 5 }, () => open()))
    await tick(SOL, '100')
    await tick(SOL, '100', other)
    for (const account of accounts) await account.buy(SOL, '1000')
    // Both have the positions in memory before the fall.
    await Promise.all([tick(SOL, '99'), tick(SOL, '99', other)])
    for (const price of ['60', '59', '58', '57'])
      await Promise.all([tick(SOL, price), tick(SOL, price, other)])
    for (const account of accounts) await sold(account)
    for (const account of accounts) await quiet(account)
    await other.close()
    for (const account of accounts) expect((await sales(account)).length).toBe(1)
  })

  test('sells all positions of the asset, also after the store has lost everything', async () => {
    const accounts = await Promise.all(Array.from({ length: 4 }, () => open()))
    await tick(SOL, '100')
    for (const account of accounts) await account.buy(SOL, '1000')
    await tick(SOL, '99')
    await desk.state.exposure.delete(SOL)
    // Whatever was evicted, the answer is never a part of the positions.
    expect((await desk.state.exposure.get(SOL))?.length).toBe(4)
    await tick(SOL, '50')
    for (const account of accounts) await sold(account)
  })
})

test('what somebody else has sold by hand is watched on for all others', async () => {
  const [first, second] = [await open(), await open()]
  await tick(SOL, '100')
  for (const account of [first, second]) await account.buy(SOL, '1000')
  await tick(SOL, '99')
  await first.sell(SOL)
  await tick(SOL, '50')
  await sold(second)
  expect((await sales(first)).map(({ reason }) => reason)).toEqual(['manual'])
})

test('dust stays a position: what is left of it is worth what it is worth', async () => {
  const account = await open()
  await tick(SOL, '100')
  await account.buy(SOL, '1000')
  const [{ amount }] = (await account.read('positions')).positions
  const allButDust = (Number(amount) - 0.0005).toFixed(9)
  await account.sell(SOL, allButDust)
  const [rest] = (await account.read('positions')).positions
  expect(rest).toMatchObject({ status: 'open', amount: '0.0005' })
  await tick(SOL, '50')
  await sold(account, 2)
})

test('two mints that differ in case alone stay two: bought, watched and sold each by itself', async () => {
  const account = await open()
  await tick(SOL, '100')
  await tick(OTHER, '3')
  await account.buy(SOL, '1000')
  await account.buy(OTHER, '600')
  const held = (await account.read('positions')).positions
  expect(held.map(({ asset }: { asset: string }) => asset).sort()).toEqual([SOL.asset, OTHER.asset].sort())
  for (const { asset } of [SOL, OTHER]) {
    const exposed = await desk.state.exposure.get({ chain: SOL.chain, asset })
    expect(exposed?.map((position) => position.asset)).toEqual([asset])
  }
  const balances = (await account.read('balances')).balances.filter(
    ({ asset }: { asset: string }) => asset !== 'USDC',
  )
  expect(balances.length).toBe(2)
  // The one falls through its stop; 3 would be a fall of the other.
  await tick(OTHER, '2')
  await sold(account)
  const [rest] = (await account.read('positions')).positions
  expect(rest).toMatchObject({
    asset: SOL.asset,
    price: '100',
    amount: held.find(({ asset }: { asset: string }) => asset === SOL.asset).amount,
  })
  await account.sell(SOL)
  const { rows } = await database.open.db.execute<{ asset: string }>(
    sql`SELECT asset FROM transactions WHERE agent_id = ${account.agentId} AND type = 'SELL' ORDER BY created_at`,
  )
  expect(rows.map(({ asset }) => asset)).toEqual([OTHER.asset, SOL.asset])
})

describe('an agent that is paused', () => {
  test('never sells at its stop; activated, it sells at the next tick', async () => {
    const account = await open()
    await tick(SOL, '100')
    await account.buy(SOL, '1000')
    await tick(SOL, '99')
    await account.patch(`/api/v1/agents/${account.agentId}`, { status: 'paused' })
    for (const price of ['60', '50', '40']) await tick(SOL, price)
    await quiet(account)
    expect(await sales(account)).toEqual([])
    await account.patch(`/api/v1/agents/${account.agentId}`, { status: 'active' })
    await tick(SOL, '40')
    await sold(account)
  })

  test('by another process is paused here within the same commit: the row decides, not the memory', async () => {
    const account = await open()
    await tick(SOL, '100')
    await account.buy(SOL, '1000')
    await tick(SOL, '99')
    // Behind the back of every cache.
    await database.open.db.execute(sql`UPDATE agents SET status = 'paused' WHERE id = ${account.agentId}`)
    await tick(SOL, '50')
    await quiet(account)
    expect(await sales(account)).toEqual([])
  })
})

describe('the other rules', () => {
  test('profit is taken level by level, each once, and what is left is stopped out', async () => {
    const account = await open({ config: { takeProfit: { moonbag: { enabled: false } } } })
    await tick(SOL, '100')
    await account.buy(SOL, '1000')
    for (const price of ['151', '152', '153', '152']) await tick(SOL, price)
    await sold(account)
    await quiet(account)
    await tick(SOL, '254')
    await sold(account, 2)
    await quiet(account)
    await tick(SOL, '120')
    await sold(account, 3)
    const made = await sales(account)
    expect(made.map(({ reason }) => reason)).toEqual(['take_profit', 'take_profit', 'stop_loss'])
    const [position] = await database.open.db
      .select()
      .from(positions)
      .where(eq(positions.agentId, account.agentId))
    expect(position).toMatchObject({ status: 'closed', levelsHit: [0, 1] })
  })

  test('a fall buys more of the same position, as often as the config says', async () => {
    const account = await open({ config: { dca: { template: 'conservative', cooldownSeconds: 0 } } })
    await tick(SOL, '100')
    await account.buy(SOL, '1000')
    for (const price of ['90', '79', '79', '78']) await tick(SOL, price)
    await eventually(async () => Number((await account.read('positions')).positions[0]?.entryPrice) < 95)
    await quiet(account)
    const { transactions: lines } = await account.read('transactions')
    expect(
      lines.map(({ reason }: { reason: string }) => reason).filter((reason: string) => reason === 'dca')
        .length,
    ).toBe(1)
    expect((await account.read('positions')).positions.length).toBe(1)
  })
})

describe('peaks', () => {
  test('are stored, shown, and known after a restart', async () => {
    const account = await open()
    await tick(SOL, '100')
    await account.buy(SOL, '1000')
    await tick(SOL, '130')
    await eventually(async () => (await account.read('positions')).positions[0].peakPrice === '130')
    const [{ stopPrice }] = (await account.read('positions')).positions
    expect(Number(stopPrice)).toBeGreaterThan(115)
    await desk.close()
    desk = await openTestDesk({ database: database.open, store, assets: ASSETS, trades: true })
    await tick(SOL, '119')
    await sold(account)
  })
})

describe('a silent feed', () => {
  let clock: VirtualClock
  beforeEach(async () => {
    await desk.close()
    clock = virtualClock(Date.now())
    // In memory: Redis has a clock of its own.
    desk = await openTestDesk({ database: database.open, assets: ASSETS, trades: true, clock })
  })

  test('for 60 s: no exit and no trade on the stale price, and an alert until it speaks again', async () => {
    const account = await open()
    await tick(SOL, '100')
    await account.buy(SOL, '1000')
    await account.patch(`/api/v1/agents/${account.agentId}`, { status: 'paused' })
    await tick(SOL, '50')
    await account.patch(`/api/v1/agents/${account.agentId}`, { status: 'active' })
    const alerts = async () => {
      const { alerts: raised } = (await desk.app.inject({ url: '/api/v1/status' })).json()
      return raised.map(({ code, severity }: { code: string; severity: string }) => `${severity} ${code}`)
    }
    expect(await alerts()).toEqual([])
    for (let second = 0; second < 61; second++) await clock.advance(1_000)
    // A look at the alerts asks PostgreSQL, which has its own time: the next one comes with the clock.
    await eventually(async () => {
      await clock.advance(1_000)
      return (await alerts()).includes('critical FEED_SILENT')
    })
    expect(await sales(account)).toEqual([])
    expect(refusal(await account.sell(SOL))).toBe('409 STALE_PRICE')
    const order = { agentId: account.agentId, side: 'buy', chain: SOL.chain, asset: SOL.asset, amount: '5' }
    expect(refusal(await account.post('/api/v1/trades/preview', order))).toBe('409 STALE_PRICE')
    expect(refusal(await account.post('/api/v1/auto-buys', { address: SOL.asset }, freshKey()))).toBe(
      '409 STALE_PRICE',
    )

    await tick(SOL, '51')
    await sold(account)
    await eventually(async () => {
      await clock.advance(1_000)
      return (await alerts()).length === 0
    })
    const said = desk.logged.flatMap(({ msg }) => (msg?.startsWith('alert') ? [msg.split(':')[0]] : []))
    expect(said).toEqual(['alert', 'alert over'])
  })
})
