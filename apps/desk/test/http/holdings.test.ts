import { sql } from 'drizzle-orm'
import { systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { balances, intents, positions, transactions } from '../../src/db/schema.ts'
import * as decimal from '../../src/domain/decimal.ts'
import { equityOf, sampleAgents } from '../../src/trading/equity/sampler.ts'
import { MON, openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { type Account, openAccount } from '../trading/account.ts'
import { problemIn } from './problem.ts'

const database = useDatabase()
let desk: TestDesk
beforeAll(async () => {
  desk = await openTestDesk({
    database: database.open,
    store: redisStore(freshRedis()),
    tradesPerMinute: 1_000,
  })
})
afterAll(() => desk.close())

const price = (asset: typeof SOL, text: string) => desk.source.trade(asset, text, Date.now())
const open = async (options = {}) => {
  await price(SOL, '100')
  await price(MON, '2.5')
  return openAccount(desk, { assets: [SOL, MON], ...options })
}
const sum = (...texts: string[]) =>
  decimal.format(texts.map((text) => decimal.parse(text)).reduce(decimal.add, decimal.ZERO))
const minus = (a: string, b: string) => decimal.format(decimal.subtract(decimal.parse(a), decimal.parse(b)))

/** All that the API says of an agent, each number compared with every other place that says it, and with SQL. */
async function agree(account: Account) {
  const { agentId } = account
  const [portfolio, { positions: held }, { balances: wallets }] = await Promise.all([
    account.read('portfolio'),
    account.read('positions'),
    account.read('balances'),
  ])
  const cash = wallets.filter(({ asset }: { asset: string }) => asset === 'USDC')
  expect(portfolio.cash).toBe(sum(...cash.map(({ amount }: { amount: string }) => amount)))
  expect(portfolio.positionsValue).toBe(sum(...held.map(({ value }: { value: string }) => value)))
  expect(portfolio.unrealised).toBe(sum(...held.map(({ unrealised }: { unrealised: string }) => unrealised)))
  expect(portfolio.value).toBe(sum(portfolio.cash, portfolio.positionsValue))
  expect(portfolio.profit).toBe(minus(portfolio.value, portfolio.deposits))
  expect(portfolio.profit).toBe(sum(portfolio.realised, portfolio.unrealised))
  for (const { asset, amount } of held)
    expect(wallets.find((each: { asset: string }) => each.asset === asset)).toMatchObject({
      amount,
      available: amount,
    })

  const { rows } = await database.open.db.execute<Record<string, string>>(sql`
    SELECT
      (SELECT coalesce(sum(amount), 0) FROM balances WHERE agent_id = ${agentId} AND asset = 'USDC')::text AS cash,
      (SELECT coalesce(sum(delta), 0) FROM ledger JOIN wallets ON address = wallet
        WHERE agent_id = ${agentId} AND asset = 'USDC')::text AS booked,
      (SELECT coalesce(sum(realised), 0) FROM transactions WHERE agent_id = ${agentId})::text AS realised,
      (SELECT coalesce(sum(cost), 0) FROM positions WHERE agent_id = ${agentId} AND status = 'open')::text AS cost,
      (SELECT coalesce(sum(reserved), 0) FROM balances WHERE agent_id = ${agentId})::text AS reserved`)
  const known = Object.fromEntries(
    Object.entries(rows[0] ?? {}).map(([name, text]) => [name, decimal.canonical(text)]),
  )
  expect(known).toEqual({
    cash: portfolio.cash,
    booked: portfolio.cash,
    realised: portfolio.realised,
    cost: sum(...held.map(({ cost }: { cost: string }) => cost)),
    reserved: '0',
  })
  return { portfolio, held }
}

describe('the numbers of portfolio, positions and balances', () => {
  test('agree with each other and with SQL, after each trade and each price', async () => {
    const account = await open()
    expect((await agree(account)).portfolio).toMatchObject({
      currency: 'USDC',
      cash: '20000',
      value: '20000',
      deposits: '20000',
      profit: '0',
      profitPercent: '0',
      unpriced: 0,
      others: [],
    })
    await account.buy(SOL, '1234.567891')
    await agree(account)
    await account.buy(MON, '777.77')
    await price(SOL, '117.3')
    await price(MON, '2.31')
    const { held } = await agree(account)
    expect(held.map(({ symbol }: { symbol: string }) => symbol)).toEqual(['SOL', 'MON'])
    await account.sell(SOL, '3.000000001')
    await agree(account)
    await price(SOL, '91.07')
    await account.sell(SOL)
    await account.sell(MON)
    const { portfolio } = await agree(account)
    expect(portfolio).toMatchObject({ positionsValue: '0', unrealised: '0' })
    expect(portfolio.profit).toBe(portfolio.realised)
  })

  test('follow a trade at once, also where they were read before', async () => {
    const account = await open()
    for (let round = 0; round < 5; round++) {
      expect((await agree(account)).held.length).toBe(0)
      await account.buy(SOL, '500')
      expect((await agree(account)).held.length).toBe(1)
      await account.sell(SOL)
    }
  })
})

describe('a position', () => {
  test('shows what it is worth, where its stop stands, and how old the price is', async () => {
    const account = await open()
    const { transaction } = (await account.buy(SOL, '1000')).json()
    await price(SOL, '110')
    const [position] = (await account.read('positions')).positions
    const { entryPrice } = position
    expect(entryPrice).toBe(transaction.price)
    expect(position).toMatchObject({
      chain: 'solana',
      symbol: 'SOL',
      quote: 'USDC',
      status: 'open',
      amount: transaction.baseAmount,
      cost: sum(transaction.quoteAmount, transaction.fee),
      price: '110',
      priceAgeMs: expect.any(Number),
      closedAt: null,
      closeReason: null,
    })
    // 32 % below the entry.
    const stop = decimal.multiply(decimal.parse(entryPrice), decimal.parse('0.68'), 20, 'half-even')
    expect(Number(position.stopPrice)).toBeCloseTo(Number(decimal.format(stop)), 6)
    expect(Number(position.profitPercent)).toBeGreaterThan(9)
  })

  test('without a stop loss has no stop price', async () => {
    const account = await open({ config: { stopLoss: { enabled: false } } })
    await account.buy(SOL, '1000')
    expect((await account.read('positions')).positions[0].stopPrice).toBeNull()
  })

  test('that is closed is in the other list, with what it earned and why it was closed', async () => {
    const account = await open()
    await account.buy(SOL, '1000')
    await price(SOL, '120')
    const { transaction } = (await account.sell(SOL)).json()
    expect(await account.read('positions')).toEqual({ positions: [] })
    const [closed] = (await account.read('positions?status=closed')).positions
    expect(closed).toMatchObject({
      status: 'closed',
      amount: '0',
      cost: '0',
      realised: transaction.realised,
      closeReason: 'manual',
      price: null,
      value: null,
      stopPrice: null,
    })
    expect(Number(closed.profitPercent)).toBeGreaterThan(19)
  })

  test('without a price counts with its cost, and it is said how many do', async () => {
    const account = await open()
    await account.buy(SOL, '1000')
    const fresh = await openTestDesk({ database: database.open })
    onTestFinished(() => fresh.close())
    const { headers } = account.user
    const url = `/api/v1/agents/${account.agentId}`
    const portfolio = (await fresh.app.inject({ url: `${url}/portfolio`, headers })).json()
    const [position] = (await fresh.app.inject({ url: `${url}/positions`, headers })).json().positions
    expect(position).toMatchObject({ price: null, value: null, unrealised: null, profitPercent: null })
    expect(portfolio).toMatchObject({
      unpriced: 1,
      unrealised: '0',
      profit: '0',
      positionsValue: position.cost,
    })
    // The curve shows no guesses.
    await sample(fresh, account)
    expect(await equityOf(database.open.db, account.agentId, 3_600_000)).toEqual([])
  })
})

/** One look of the sampler at what agents are worth. */
async function sample({ database: { db }, state }: TestDesk, { agentId }: Account): Promise<void> {
  await sampleAgents({ db, state }, [agentId], new Date(systemClock.wall()))
}

describe('the equity curve', () => {
  test('has one point a minute: the value of the portfolio when it was taken last', async () => {
    const account = await open()
    await account.buy(SOL, '1000')
    for (const text of ['90', '120']) {
      await price(SOL, text)
      await sample(desk, account)
    }
    const { points } = await account.read('equity?range=1h')
    const { value } = await account.read('portfolio')
    expect(points.length).toBeLessThanOrEqual(2)
    expect(points.at(-1)).toEqual({ at: expect.stringMatching(/:00\.000Z$/), value })
  })

  test('is cut off where the range begins', async () => {
    const account = await open()
    await database.open.db.execute(sql`
      INSERT INTO equity (agent_id, at, value)
      SELECT ${account.agentId}, date_trunc('minute', now()) - make_interval(mins => age), age
      FROM unnest(ARRAY[1, 59, 61, 1439, 1441]) AS age`)
    const ages = async (range: string) =>
      (await account.read(`equity?range=${range}`)).points.map(({ value }: { value: string }) =>
        Number(value),
      )
    expect(await ages('1h')).toEqual([59, 1])
    expect(await ages('24h')).toEqual([1439, 61, 59, 1])
  })
})

describe('the book', () => {
  test('has deposits, trades and orders without an end, the latest first', async () => {
    const account = await open()
    const { transaction } = (await account.buy(SOL, '1000')).json()
    const [wallet] = await database.open.db
      .select()
      .from(balances)
      .where(sql`agent_id = ${account.agentId}`)
    const [order] = await database.open.db
      .insert(intents)
      .values({
        userId: account.user.id,
        idempotencyKey: 'lost',
        agentId: account.agentId,
        wallet: wallet?.wallet ?? '',
        chain: MON.chain,
        asset: MON.asset,
        quote: 'USDC',
        side: 'buy',
        amount: '12.50',
        reason: 'signal',
        state: 'UNKNOWN',
        reference: { price: '1', seq: 1, eventTime: 1 },
      })
      .returning()
    const { transactions: lines } = await account.read('transactions')
    expect(lines.map(({ type, status }: { type: string; status: string }) => `${type} ${status}`)).toEqual([
      'BUY UNKNOWN',
      'BUY CONFIRMED',
      'DEPOSIT CONFIRMED',
      'DEPOSIT CONFIRMED',
    ])
    expect(lines[0]).toMatchObject({
      id: order?.id,
      intentId: order?.id,
      quoteAmount: '12.5',
      price: null,
      fee: null,
    })
    expect(lines[1]).toEqual(transaction)
    expect(lines[2]).toMatchObject({ intentId: null, symbol: 'USDC', quoteAmount: '10000', baseAmount: null })
  })

  test('is read page by page, each line once, also where many are of one millisecond', async () => {
    const account = await open()
    await database.open.db.transaction(async (tx) => {
      for (let line = 0; line < 25; line++)
        await tx.insert(transactions).values({
          agentId: account.agentId,
          wallet: `paper_solana_${account.agentId}`,
          chain: SOL.chain,
          asset: 'USDC',
          type: 'DEPOSIT',
          quote: 'USDC',
          quoteAmount: String(line + 1),
          reason: 'deposit',
          at: new Date(),
          // A microsecond apart.
          createdAt: sql`now() + make_interval(secs => ${line / 1e6})`,
        })
    })
    await account.buy(SOL, '10')
    await account.buy(MON, '10')
    const all = (await account.read('transactions?limit=200')).transactions
    const paged: { id: string }[] = []
    for (;;) {
      const last = paged.at(-1)
      const path = `transactions?limit=4${last ? `&before=${last.id}` : ''}`
      const { transactions: page } = await account.read(path)
      if (page.length === 0) break
      paged.push(...page)
    }
    expect(paged).toEqual(all)
    expect(new Set(paged.map(({ id }) => id)).size).toBe(29)
    // An order is found by its own id, too.
    const [first] = all
    const rest = await account.read(`transactions?before=${first.intentId}`)
    expect(rest.transactions).toEqual(all.slice(1))
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=x', 'limit'],
    ['before=x', 'before'],
  ])('%s is refused', async (query, field) => {
    const account = await open()
    const answer = await account.get(`/api/v1/agents/${account.agentId}/transactions?${query}`)
    expect(problemIn(answer).errors?.[0]?.field).toBe(field)
  })

  test('before a line that is not in it is empty', async () => {
    const [account, other] = [await open(), await open()]
    const { transaction } = (await other.buy(SOL, '10')).json()
    expect(await account.read(`transactions?before=${transaction.id}`)).toEqual({ transactions: [] })
  })
})

test('positions of closed orders do not stay behind in the list of the open ones', async () => {
  const account = await open()
  await account.buy(SOL, '10')
  await account.sell(SOL)
  await account.buy(SOL, '10')
  const rows = await database.open.db
    .select()
    .from(positions)
    .where(sql`agent_id = ${account.agentId}`)
  expect(rows.map(({ status }) => status).sort()).toEqual(['closed', 'open'])
  expect((await account.read('positions')).positions.length).toBe(1)
})
