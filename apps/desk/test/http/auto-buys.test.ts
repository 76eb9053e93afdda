import { sql } from 'drizzle-orm'
import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { MON, openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { type Account, freshKey, openAccount } from '../trading/account.ts'
import { refusal } from './problem.ts'

const database = useDatabase()
let desk: TestDesk
beforeAll(async () => {
  desk = await openTestDesk({ database: database.open, store: redisStore(freshRedis()) })
  await desk.source.trade(SOL, '100', Date.now())
  await desk.source.trade(MON, '2.5', Date.now())
})
afterAll(() => desk.close())

const open = (options = {}) => openAccount(desk, { assets: [SOL, MON], ...options })
const autoBuy = (account: Account, payload: object, key = freshKey()) =>
  account.post('/api/v1/auto-buys', payload, key)
const bought = async ({ agentId }: Account) =>
  (
    await database.open.db.execute(
      sql`SELECT 1 FROM transactions WHERE agent_id = ${agentId} AND type = 'BUY'`,
    )
  ).rows.length

describe('a pasted address', () => {
  test('buys what the config says, on the chain that it is written like', async () => {
    for (const { address, symbol } of [
      { address: SOL.asset, symbol: 'SOL' },
      { address: ` ${MON.asset.toUpperCase().replace('0X', '0x')} `, symbol: 'MON' },
    ]) {
      const account = await open()
      const answer = await autoBuy(account, { address })
      expect(answer.statusCode).toBe(201)
      const { transaction } = answer.json()
      expect(transaction).toMatchObject({ type: 'BUY', symbol, reason: 'auto_buy' })
      // Of the size that its config has for 10,000 USDC: 100, fee included.
      expect(Number(transaction.quoteAmount) + Number(transaction.fee)).toBeCloseTo(100, 4)
    }
  })

  test('again within 30 s is refused; the answer says when the next one is taken', async () => {
    const account = await open()
    await autoBuy(account, { address: SOL.asset })
    const again = await autoBuy(account, { address: MON.asset })
    expect(refusal(again)).toBe('429 COOLDOWN')
    expect(Number(again.headers['retry-after'])).toBeGreaterThan(25)
    expect(Number(again.headers['retry-after'])).toBeLessThanOrEqual(30)
    expect(again.headers['ratelimit-policy']).toBe('"auto-buys";q=1;w=30')
    // Each user has a cooldown of their own.
    expect((await autoBuy(await open(), { address: MON.asset })).statusCode).toBe(201)
  })

  test('with a key that was used is a replay, whatever the amount would be now, and costs nothing', async () => {
    const account = await open({
      config: {
        purchase: { limits: { USDC: { sizes: [{ fromBalance: '1', least: '50', most: '5000' }] } } },
      },
    })
    const key = freshKey()
    const first = await autoBuy(account, { address: SOL.asset }, key)
    expect(first.statusCode).toBe(201)
    for (let again = 0; again < 3; again++) {
      const answer = await autoBuy(account, { address: SOL.asset, agentId: account.agentId }, key)
      expect([answer.statusCode, answer.headers['idempotency-replayed']]).toEqual([200, 'true'])
      expect(answer.json()).toEqual(first.json())
    }
    expect(refusal(await autoBuy(account, { address: MON.asset }, key))).toBe('422 IDEMPOTENCY_MISMATCH')
    expect(await bought(account)).toBe(1)
  })

  test('twenty times at once buys once', async () => {
    const account = await open({
      config: {
        purchase: { limits: { USDC: { sizes: [{ fromBalance: '1', least: '50', most: '5000' }] } } },
      },
    })
    const key = freshKey()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => autoBuy(account, { address: SOL.asset }, key)),
    )
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 201).length).toBe(1)
    expect(statuses.every((status) => [200, 201, 409].includes(status))).toBe(true)
    expect(await bought(account)).toBe(1)
  })
})

describe('is refused', () => {
  test.each([
    [{ address: 'hello world' }, '400 ADDRESS_INVALID'],
    [{ address: '0x1234' }, '404 UNKNOWN_ASSET'],
    [{ address: '' }, '400 ADDRESS_INVALID'],
    // Another mint: case matters.
    [{ address: SOL.asset.toLowerCase() }, '404 UNKNOWN_ASSET'],
    [{ address: SOL.asset, chain: 'monad' }, '400 ADDRESS_INVALID'],
    [{ address: 'XRPETH' }, '404 UNKNOWN_ASSET'],
    [{ address: SOL.asset, agentId: '00000000-0000-4000-8000-000000000000' }, '404 UNKNOWN_AGENT'],
    [{ address: SOL.asset, amount: '5' }, '400 INVALID_REQUEST'],
  ])('%j as %s', async (payload, code) => {
    expect(refusal(await autoBuy(await open(), payload))).toBe(code)
  })

  test('without a key, without an active agent, and with an agent of somebody else', async () => {
    const [account, other] = [await open({ status: 'paused' }), await open()]
    const address = SOL.asset
    expect(refusal(await account.post('/api/v1/auto-buys', { address }))).toBe('400 IDEMPOTENCY_KEY_REQUIRED')
    expect(refusal(await autoBuy(account, { address }))).toBe('409 AGENT_PAUSED')
    expect(refusal(await autoBuy(account, { address, agentId: account.agentId }))).toBe('409 AGENT_PAUSED')
    expect(refusal(await autoBuy(account, { address, agentId: other.agentId }))).toBe('404 UNKNOWN_AGENT')
  })

  test('with too little money, and then it costs no cooldown', async () => {
    const account = await open()
    const limits = { purchase: { limits: { USDC: { minimumBalance: '20000' } } } }
    await account.patch(`/api/v1/agents/${account.agentId}/config`, limits)
    expect(refusal(await autoBuy(account, { address: SOL.asset }))).toBe('409 BALANCE_BELOW_MINIMUM')
    await account.patch(`/api/v1/agents/${account.agentId}/config`, {
      purchase: { limits: { USDC: { minimumBalance: '0' } } },
    })
    expect((await autoBuy(account, { address: SOL.asset })).statusCode).toBe(201)
  })
})
