import { sql } from 'drizzle-orm'
import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { MON, openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { type Account, freshKey, openAccount } from '../trading/account.ts'
import { problemIn, refusal } from './problem.ts'

// Two API servers with one database and one Redis, as two processes would be; their market is one.
const database = useDatabase()
let here: TestDesk
let there: TestDesk
let tick: (price: string) => Promise<void>
beforeAll(async () => {
  const store = redisStore(freshRedis())
  here = await openTestDesk({ database: database.open, store })
  there = await openTestDesk({ database: database.open, store, board: here.board })
  tick = (price) => here.source.trade(SOL, price, Date.now())
  await tick('100')
  await here.source.trade(MON, '3', Date.now())
})
afterAll(async () => {
  await here.close()
  await there.close()
})

const ASSETS = [SOL, MON]
const open = (options: Partial<Parameters<typeof openAccount>[1]> = {}) =>
  openAccount(here, { assets: ASSETS, ...options })
const count = async (query: ReturnType<typeof sql>): Promise<number> =>
  Number((await database.open.db.execute<{ count: string }>(query)).rows[0]?.count)
const executions = ({ agentId }: Account) =>
  count(sql`select count(*) from transactions where agent_id = ${agentId} and type <> 'DEPOSIT'`)
/** What an agent has, as SQL knows it and nobody remembers it. */
const ledgerAgrees = async ({ agentId }: Account) =>
  count(sql`select count(*) from balances b where agent_id = ${agentId} and amount <>
    (select coalesce(sum(delta), 0) from ledger l where l.wallet = b.wallet and l.asset = b.asset)`)

describe('a purchase and a sale', () => {
  test('are answered with what was executed, and found again by id, in any process', async () => {
    const account = await open()
    const bought = await account.buy(SOL, '1000')
    expect(bought.statusCode).toBe(201)
    const trade = bought.json()
    expect(trade).toMatchObject({
      status: 'CONFIRMED',
      error: null,
      transaction: { type: 'BUY', status: 'CONFIRMED', symbol: 'SOL', quote: 'USDC', reason: 'manual' },
    })
    expect(bought.headers['location']).toBe(`/api/v1/trades/${trade.intentId}`)
    for (const desk of [here, there]) {
      const found = await desk.app.inject({
        url: `/api/v1/trades/${trade.intentId}`,
        headers: account.user.headers,
      })
      expect([found.statusCode, found.json()]).toEqual([200, trade])
    }
    await tick('101')
    const sold = (await account.sell(SOL)).json()
    expect(sold).toMatchObject({ status: 'CONFIRMED', positionId: trade.positionId })
    expect(sold.transaction.baseAmount).toBe(trade.transaction.baseAmount)
    expect(await account.read('positions')).toEqual({ positions: [] })
    expect(await ledgerAgrees(account)).toBe(0)
  })

  test('of a position can be made in parts', async () => {
    const account = await open()
    await account.buy(SOL, '1000')
    const [position] = (await account.read('positions')).positions
    expect((await account.sell(SOL, '1')).json()).toMatchObject({ transaction: { baseAmount: '1' } })
    const [rest] = (await account.read('positions')).positions
    expect(rest.id).toBe(position.id)
    expect(Number(position.amount) - Number(rest.amount)).toBeCloseTo(1, 9)
  })

  test('a preview says what the order then does, and does nothing itself', async () => {
    const account = await open()
    const order = {
      agentId: account.agentId,
      side: 'buy',
      chain: SOL.chain,
      asset: SOL.asset,
      amount: '1000',
    }
    const preview = (await account.post('/api/v1/trades/preview', order)).json()
    expect(preview).toMatchObject({ priceAgeMs: expect.any(Number), total: expect.any(String) })
    const { transaction } = (await account.buy(SOL, '1000')).json()
    expect(transaction).toMatchObject({
      price: preview.price,
      baseAmount: preview.baseAmount,
      quoteAmount: preview.quoteAmount,
      fee: preview.fee,
    })
    expect(await executions(account)).toBe(1)
  })
})

test('what is wrong with the amount is said of the field, by the preview as by the order', async () => {
  const account = await open({ config: { purchase: { limits: { USDC: { maxPurchase: '500' } } } } })
  const order = { agentId: account.agentId, side: 'buy', chain: SOL.chain, asset: SOL.asset }
  for (const [amount, code] of [
    ['501', '409 PURCHASE_LIMIT'],
    ['10001', '409 INSUFFICIENT_BALANCE'],
    ['0', '400 AMOUNT_INVALID'],
  ] as const) {
    const answers = [
      await account.post('/api/v1/trades/preview', { ...order, amount }),
      await account.trade({ ...order, amount }),
    ]
    for (const answer of answers) {
      expect(refusal(answer)).toBe(code)
      expect(problemIn(answer).errors).toEqual([{ field: 'amount', message: expect.any(String) }])
    }
  }
})

test('a paused agent is told so before it trades', async () => {
  const account = await open({ status: 'paused' })
  const order = { agentId: account.agentId, side: 'buy', chain: SOL.chain, asset: SOL.asset, amount: '100' }
  expect(refusal(await account.post('/api/v1/trades/preview', order))).toBe('409 AGENT_PAUSED')
})

describe('a repeated request', () => {
  test('is answered with the stored result, by any process, and does nothing', async () => {
    const account = await open()
    const key = freshKey()
    const first = await account.buy(SOL, '500', key)
    const payload = {
      agentId: account.agentId,
      side: 'buy',
      chain: SOL.chain,
      asset: SOL.asset,
      amount: '500',
    }
    for (const desk of [here, there]) {
      const headers = { ...account.user.headers, 'idempotency-key': key }
      const again = await desk.app.inject({ method: 'POST', url: '/api/v1/trades', headers, payload })
      expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([200, 'true'])
      expect(again.json()).toEqual(first.json())
    }
    expect(first.headers).not.toHaveProperty('idempotency-replayed')
    expect(await executions(account)).toBe(1)
  })

  test('is the same with and without the quotes of the header, and however the amount is written', async () => {
    const account = await open()
    const key = freshKey()
    await account.buy(SOL, '500', key)
    expect((await account.buy(SOL, '500.00', `"${key}"`)).statusCode).toBe(200)
    expect(await executions(account)).toBe(1)
  })

  test('with another body is refused, and with the key of another user is another request', async () => {
    const [account, other] = [await open(), await open()]
    const key = freshKey()
    await account.buy(SOL, '500', key)
    expect(refusal(await account.buy(SOL, '501', key))).toBe('422 IDEMPOTENCY_MISMATCH')
    expect(refusal(await account.buy(MON, '500', key))).toBe('422 IDEMPOTENCY_MISMATCH')
    expect((await other.buy(SOL, '500', key)).statusCode).toBe(201)
    expect([await executions(account), await executions(other)]).toEqual([1, 1])
  })

  test('of a deposit deposits once', async () => {
    const account = await open()
    const url = `/api/v1/agents/${account.agentId}/deposits`
    const key = freshKey()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => account.post(url, { chain: 'solana', amount: '5' }, key)),
    )
    expect(answers.filter(({ statusCode }) => statusCode === 201).length).toBe(1)
    expect(answers.every(({ statusCode }) => [200, 201, 409].includes(statusCode))).toBe(true)
    expect(await account.read('portfolio')).toMatchObject({ deposits: '20005', cash: '20005' })
    expect(refusal(await account.post(url, { chain: 'solana', amount: '6' }, key))).toBe(
      '422 IDEMPOTENCY_MISMATCH',
    )
  })

  test('a key that is used up for a user does not stand in the way of the desk (its keys are its own)', async () => {
    const account = await open()
    await account.buy(SOL, '500')
    const [{ id }] = (await account.read('positions')).positions
    await account.buy(MON, '5', `exit:${id}:1:stop_loss:1`)
    const stored = await count(
      sql`select count(*) from intents where agent_id = ${account.agentId} and idempotency_key like 'exit:%'`,
    )
    expect(stored).toBe(0)
  })
})

describe('fifty equal requests at once', () => {
  /** The answers by what they say. */
  const tally = (answers: readonly { statusCode: number; headers: Record<string, unknown> }[]) => {
    const kinds = { executed: 0, replayed: 0, conflict: 0, limited: 0, other: 0 }
    for (const { statusCode, headers } of answers) {
      if (statusCode === 201) kinds.executed++
      else if (statusCode === 200 && headers['idempotency-replayed']) kinds.replayed++
      else if (statusCode === 409) kinds.conflict++
      else if (statusCode === 429) kinds.limited++
      else kinds.other++
    }
    return kinds
  }

  test('over two servers, with ten a minute allowed: one execution, and none is refused by the limiter', async () => {
    const account = await open()
    await account.buy(SOL, '1000')
    const key = freshKey()
    const payload = { agentId: account.agentId, side: 'sell', chain: SOL.chain, asset: SOL.asset }
    const headers = { ...account.user.headers, 'idempotency-key': key }
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? here : there).app.inject({ method: 'POST', url: '/api/v1/trades', headers, payload }),
      ),
    )
    const kinds = tally(answers)
    expect(kinds).toMatchObject({ executed: 1, limited: 0, other: 0 })
    expect(kinds.replayed + kinds.conflict).toBe(49)
    expect(await executions(account)).toBe(2)
    // They cost one: eight more are allowed after the purchase and the sale.
    for (let more = 0; more < 8; more++) expect((await account.buy(MON, '0.1')).statusCode).not.toBe(429)
    expect(refusal(await account.buy(MON, '0.1'))).toBe('429 RATE_LIMITED')
    // What was done before is told all the same.
    expect(
      (await here.app.inject({ method: 'POST', url: '/api/v1/trades', headers, payload })).statusCode,
    ).toBe(200)
  })

  test('with fifty keys: one sale of the position', async () => {
    const account = await open()
    const desk = await openTestDesk({ database: database.open, board: here.board, tradesPerMinute: 1_000 })
    onTestFinished(() => desk.close())
    await account.buy(SOL, '1000')
    const payload = { agentId: account.agentId, side: 'sell', chain: SOL.chain, asset: SOL.asset }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        desk.app.inject({
          method: 'POST',
          url: '/api/v1/trades',
          headers: { ...account.user.headers, 'idempotency-key': freshKey() },
          payload,
        }),
      ),
    )
    expect(tally(answers)).toMatchObject({ executed: 1, conflict: 49 })
    expect(await executions(account)).toBe(2)
    expect(await ledgerAgrees(account)).toBe(0)
  })
})

describe('the limit', () => {
  test('is told with every order, and when the next one is taken', async () => {
    const account = await open()
    const first = await account.buy(SOL, '100')
    expect(first.headers['ratelimit-policy']).toBe('"trades";q=10;w=60')
    expect(first.headers['ratelimit']).toMatch(/^"trades";r=9;t=\d+$/)
    for (let more = 0; more < 9; more++) await account.buy(MON, '0.1')
    const refused = await account.buy(MON, '0.1')
    expect(refusal(refused)).toBe('429 RATE_LIMITED')
    expect(refused.headers['ratelimit']).toMatch(/^"trades";r=0;t=\d+$/)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(6)
  })

  test('is one for both servers, and one for each user', async () => {
    const [account, other] = [await open(), await open()]
    const payload = { agentId: account.agentId, side: 'buy', chain: MON.chain, asset: MON.asset, amount: '1' }
    const statuses: number[] = []
    for (let order = 0; order < 12; order++) {
      const headers = { ...account.user.headers, 'idempotency-key': freshKey() }
      const desk = order % 2 ? here : there
      statuses.push(
        (await desk.app.inject({ method: 'POST', url: '/api/v1/trades', headers, payload })).statusCode,
      )
    }
    expect(statuses.filter((status) => status === 429).length).toBe(2)
    expect((await other.buy(SOL, '1')).statusCode).toBe(201)
  })

  test('is not touched by what is refused before it: no token, no key, a key that was used', async () => {
    const account = await open()
    const key = freshKey()
    await account.buy(SOL, '100', key)
    for (let wrong = 0; wrong < 20; wrong++) {
      await account.buy(SOL, '101', key)
      await account.post('/api/v1/trades', { agentId: account.agentId, side: 'sell', ...SOL })
      await here.app.inject({ method: 'POST', url: '/api/v1/trades', payload: {} })
    }
    for (let more = 0; more < 9; more++) expect((await account.buy(MON, '1')).statusCode).not.toBe(429)
    expect((await account.buy(MON, '1')).statusCode).toBe(429)
  })
})

describe('bad input', () => {
  const NOBODY = '00000000-0000-4000-8000-000000000000'

  test.each([
    ['0', '400 AMOUNT_INVALID'],
    ['-5', '400 AMOUNT_INVALID'],
    ['1e3', '400 AMOUNT_INVALID'],
    ['1,5', '400 AMOUNT_INVALID'],
    ['', '400 AMOUNT_INVALID'],
    [' 1', '400 AMOUNT_INVALID'],
    ['0.0000001', '400 AMOUNT_INVALID'],
    ['9'.repeat(41), '400 AMOUNT_INVALID'],
    ['9007199254740993', '409 INSUFFICIENT_BALANCE'],
    ['100000000000000000000', '400 AMOUNT_INVALID'],
    ['10001', '409 INSUFFICIENT_BALANCE'],
  ])('an amount of %j is refused as %s', async (amount, code) => {
    const account = await open({
      config: { purchase: { limits: { USDC: { maxPurchase: '99999999999999' } } } },
    })
    expect(refusal(await account.buy(SOL, amount))).toBe(code)
    expect(await executions(account)).toBe(0)
    expect(await account.read('portfolio')).toMatchObject({ cash: '20000' })
  })

  test.each([
    [{ amount: 5 }, 'amount', /text/],
    [{ amount: null }, 'amount', /text/],
    [{ side: 'hold' }, 'side', /./],
    [{ agentId: '1' }, 'agentId', /agent id/],
    [{ positionId: 'x' }, 'positionId', /position id/],
    [{ maxSlippageBps: 1.5 }, 'maxSlippageBps', /./],
    [{ maxSlippageBps: -1 }, 'maxSlippageBps', /./],
    [{ reason: 'stop_loss' }, '', /reason/],
    [{ reference: { price: '1', seq: 1, eventTime: 1 } }, '', /reference/],
  ])('%j is refused by field', async (wrong, field, message) => {
    const account = await open()
    const order = { side: 'buy', chain: SOL.chain, asset: SOL.asset, amount: '1', ...wrong }
    const { code, errors } = problemIn(await account.trade(order))
    expect(code).toBe('INVALID_REQUEST')
    expect(errors).toEqual([{ field, message: expect.stringMatching(message) }])
  })

  test('a purchase without an amount is refused', async () => {
    const account = await open()
    const answer = await account.trade({ side: 'buy', chain: SOL.chain, asset: SOL.asset })
    expect(refusal(answer)).toBe('400 AMOUNT_INVALID')
  })

  test('more of an asset than its digits, and more than there is of it', async () => {
    const account = await open()
    await account.buy(SOL, '100')
    expect(refusal(await account.sell(SOL, '0.0000000001'))).toBe('400 AMOUNT_INVALID')
    expect(refusal(await account.sell(SOL, '2'))).toBe('409 INSUFFICIENT_BALANCE')
  })

  test.each([
    ['chain', { chain: 'ethereum' }, '400 CHAIN_UNKNOWN'],
    ['address', { asset: 'x' }, '400 ADDRESS_INVALID'],
    ['asset', { asset: '7GCihgDB8fe6KNjn2MYtkzZcRjQy3t9GHdC8uHYmW2hr' }, '404 UNKNOWN_ASSET'],
  ])('an unknown %s', async (_, wrong, code) => {
    const account = await open()
    const order = { side: 'buy', chain: SOL.chain, asset: SOL.asset, amount: '1', ...wrong }
    expect(refusal(await account.trade(order))).toBe(code)
  })

  test("somebody else's agent and position do not exist", async () => {
    const [account, stranger] = [await open(), await open()]
    await account.buy(SOL, '100')
    const [{ id: positionId }] = (await account.read('positions')).positions
    const order = { side: 'sell', chain: SOL.chain, asset: SOL.asset }
    expect(refusal(await stranger.trade({ ...order, agentId: account.agentId }))).toBe('404 UNKNOWN_AGENT')
    expect(refusal(await stranger.trade({ ...order, agentId: NOBODY }))).toBe('404 UNKNOWN_AGENT')
    expect(refusal(await stranger.trade({ ...order, positionId }))).toBe('404 POSITION_UNKNOWN')
    const { intentId } = (await account.sell(SOL)).json()
    expect(refusal(await stranger.get(`/api/v1/trades/${intentId}`))).toBe('404 UNKNOWN_TRADE')
    for (const path of ['balances', 'positions', 'transactions', 'portfolio', 'equity', 'config'])
      expect(refusal(await stranger.get(`/api/v1/agents/${account.agentId}/${path}`))).toBe(
        '404 UNKNOWN_AGENT',
      )
    const patch = await stranger.patch(`/api/v1/agents/${account.agentId}/config`, {})
    expect(refusal(patch)).toBe('404 UNKNOWN_AGENT')
    const url = `/api/v1/agents/${account.agentId}/deposits`
    expect(refusal(await stranger.post(url, { chain: 'solana', amount: '1' }, freshKey()))).toBe(
      '404 UNKNOWN_AGENT',
    )
  })

  test('no key, and keys that are none', async () => {
    const account = await open()
    const order = { agentId: account.agentId, side: 'buy', chain: SOL.chain, asset: SOL.asset, amount: '1' }
    expect(refusal(await account.post('/api/v1/trades', order))).toBe('400 IDEMPOTENCY_KEY_REQUIRED')
    for (const key of ['x'.repeat(129), 'a b', 'a"b', 'ü'])
      expect(refusal(await account.post('/api/v1/trades', order, key))).toBe('400 IDEMPOTENCY_KEY_INVALID')
    const deposit = `/api/v1/agents/${account.agentId}/deposits`
    expect(refusal(await account.post(deposit, { chain: 'solana', amount: '1' }))).toBe(
      '400 IDEMPOTENCY_KEY_REQUIRED',
    )
  })

  test('no token, or one of somebody who is gone', async () => {
    for (const url of ['/api/v1/trades', '/api/v1/auto-buys', '/api/v1/signals'])
      expect(refusal(await here.app.inject({ method: 'POST', url, payload: {} }))).toBe('401 UNAUTHENTICATED')
  })

  test('a deposit on a chain where nothing is traded, or of nothing', async () => {
    const account = await open()
    const url = `/api/v1/agents/${account.agentId}/deposits`
    expect(refusal(await account.post(url, { chain: 'binance', amount: '1' }, freshKey()))).toBe(
      '400 CURRENCY_UNKNOWN',
    )
    expect(refusal(await account.post(url, { chain: 'solana', amount: '0' }, freshKey()))).toBe(
      '400 AMOUNT_INVALID',
    )
  })
})

describe('what an agent may not do now', () => {
  test('a paused agent neither buys nor sells', async () => {
    const account = await open()
    await account.buy(SOL, '100')
    await account.patch(`/api/v1/agents/${account.agentId}`, { status: 'paused' })
    expect(refusal(await account.buy(MON, '1'))).toBe('409 AGENT_PAUSED')
    expect(refusal(await account.sell(SOL))).toBe('409 AGENT_PAUSED')
    expect(await executions(account)).toBe(1)
  })

  test('two positions in one asset', async () => {
    const account = await open()
    await account.buy(SOL, '100')
    expect(refusal(await account.buy(SOL, '100'))).toBe('409 POSITION_EXISTS')
  })

  test('sell what it does not have, or has sold', async () => {
    const account = await open()
    expect(refusal(await account.sell(SOL))).toBe('404 POSITION_UNKNOWN')
    const { positionId } = (await account.buy(SOL, '100')).json()
    await account.sell(SOL)
    const order = { side: 'sell', chain: SOL.chain, asset: SOL.asset, positionId }
    expect(refusal(await account.trade(order))).toBe('409 POSITION_CLOSED')
  })

  test.each([
    ['409 PURCHASE_LIMIT', { maxPurchase: '150' }, '151'],
    ['409 PURCHASE_LIMIT', { minPurchase: '50' }, '49'],
    ['409 BALANCE_BELOW_MINIMUM', { minimumBalance: '20000' }, '100'],
  ])('what its limits forbid: %s', async (code, limit, amount) => {
    const account = await open({ config: { purchase: { limits: { USDC: limit } } } })
    expect(refusal(await account.buy(SOL, amount))).toBe(code)
  })

  test('have more positions than its config allows', async () => {
    const account = await open()
    await account.patch(`/api/v1/agents/${account.agentId}/config`, { purchase: { maxOpenPositions: 1 } })
    await account.buy(SOL, '100')
    expect(refusal(await account.buy(MON, '100'))).toBe('409 TOO_MANY_POSITIONS')
  })

  test('move the price too far; it is told how much would do', async () => {
    const account = await open()
    await account.patch(`/api/v1/agents/${account.agentId}/config`, {
      purchase: { maxPriceImpactPercent: '0.1' },
    })
    const answer = await account.buy(SOL, '9000')
    expect(refusal(answer)).toBe('409 PRICE_IMPACT_TOO_HIGH')
    const [, largest = ''] = /At most ([\d.]+) USDC/.exec(problemIn(answer).detail) ?? []
    expect((await account.buy(SOL, largest)).statusCode).toBe(201)
  })
})
