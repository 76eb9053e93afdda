import { eq, sql } from 'drizzle-orm'
import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { signalExecutions, signals } from '../../src/db/schema.ts'
import type { Asset } from '../../src/domain/assets.ts'
import type { Executor } from '../../src/execution/executor.ts'
import { problemIn, refusal } from '../http/problem.ts'
import { MON, openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { resumePending } from '../../src/trading/signals/executions.ts'
import { type Account, openAccount } from './account.ts'

// Two processes on one database and one Redis, both looking after signals.
const database = useDatabase()
const store = redisStore(freshRedis())
/** An asset that nobody trades until a test does. */
const QUIET: Asset = {
  ...SOL,
  asset: 'JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN',
  symbol: 'JUP',
  decimals: 6,
}
const assets = [SOL, MON, QUIET]
let here: TestDesk
let there: TestDesk
beforeAll(async () => {
  here = await openTestDesk({ database: database.open, store, assets, trades: true })
  there = await openTestDesk({ database: database.open, store, assets, trades: true, board: here.board })
  await here.source.trade(SOL, '100', Date.now())
  await here.source.trade(MON, '2.5', Date.now())
})
afterAll(async () => {
  await here.close()
  await there.close()
})

const open = (options = {}) => openAccount(here, { assets: [SOL, MON], ...options })
const signal = (account: Account, change: object = {}) =>
  account.post('/api/v1/signals', {
    chain: SOL.chain,
    asset: SOL.asset,
    type: 'buy',
    strength: 3,
    source: 'x',
    ...change,
  })
const executionsOf = (signalId: number) =>
  database.open.db.select().from(signalExecutions).where(eq(signalExecutions.signalId, signalId))
const resume = ({ state }: TestDesk) => resumePending({ db: database.open.db, state })
const ended = (signalId: number) =>
  eventually(async () => (await executionsOf(signalId)).every(({ status }) => status !== 'PENDING'))

/** More agents of the same user. */
async function anotherAgent(
  { user }: Account,
  status: 'active' | 'paused',
  config: object = {},
): Promise<string> {
  const inject = (method: 'POST' | 'PATCH', url: string, payload: object) =>
    here.app.inject({ method, url, headers: { ...user.headers, 'idempotency-key': 'first' }, payload })
  const { id } = (await inject('POST', '/api/v1/agents', { name: 'Other' })).json()
  await inject('POST', `/api/v1/agents/${id}/deposits`, { chain: SOL.chain, amount: '10000' })
  await inject('PATCH', `/api/v1/agents/${id}/config`, config)
  await inject('PATCH', `/api/v1/agents/${id}`, { status })
  return id
}

describe('a signal', () => {
  test('is traded on once by each agent that takes it; of the others it is said why not', async () => {
    const account = await open()
    const second = await anotherAgent(account, 'active')
    const paused = await anotherAgent(account, 'paused')
    const choosy = await anotherAgent(account, 'active', { signals: { minScore: 4 } })
    const answer = await signal(account)
    expect(answer.statusCode).toBe(202)
    const { id, executions } = answer.json()
    expect(executions).toEqual([
      { agentId: account.agentId, status: 'PENDING', intentId: null, reason: null },
      { agentId: second, status: 'PENDING', intentId: null, reason: null },
      { agentId: paused, status: 'SKIPPED', intentId: null, reason: 'the agent is paused' },
      { agentId: choosy, status: 'SKIPPED', intentId: null, reason: 'strength 3 is below 4' },
    ])
    await ended(id)
    const rows = await executionsOf(id)
    expect(
      rows
        .filter(({ status }) => status === 'EXECUTED')
        .map(({ agentId }) => agentId)
        .sort(),
    ).toEqual([account.agentId, second].sort())
    const { transactions: lines } = await account.read('transactions?limit=1')
    expect(lines[0]).toMatchObject({
      type: 'BUY',
      reason: 'signal',
      intentId: rows.find(({ agentId }) => agentId === account.agentId)?.intentId,
    })
  })

  test('is tried by every process at once, and traded on once', async () => {
    const account = await open()
    const { id } = (await signal(account)).json()
    await Promise.all([here, there, here, there].map(resume))
    await ended(id)
    const { rows } = await database.open.db.execute(sql`
      SELECT 1 FROM transactions WHERE agent_id = ${account.agentId} AND reason = 'signal'`)
    expect(rows.length).toBe(1)
  })

  test('that an agent cannot act on is skipped with the reason', async () => {
    const account = await open()
    await account.buy(SOL, '100')
    const { id } = (await signal(account)).json()
    await ended(id)
    expect(await executionsOf(id)).toMatchObject([
      { status: 'SKIPPED', reason: expect.stringMatching(/^POSITION_EXISTS: /), intentId: null },
    ])
  })
})

describe('the same signal', () => {
  test('within a minute is refused, and says when it counts again', async () => {
    const account = await open()
    await signal(account)
    const again = await signal(account, { source: 'y', strength: 5 })
    expect(refusal(again)).toBe('409 SIGNAL_DUPLICATE')
    expect(Number(again.headers['retry-after'])).toBeGreaterThan(50)
    // Another asset, and another user, are another signal.
    expect((await signal(account, { chain: MON.chain, asset: MON.asset })).statusCode).toBe(202)
    expect((await signal(await open())).statusCode).toBe(202)
  })

  test('twenty times at once is one', async () => {
    const account = await open()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? here : there).app.inject({
          method: 'POST',
          url: '/api/v1/signals',
          headers: account.user.headers,
          payload: { chain: SOL.chain, asset: SOL.asset, type: 'buy', strength: 3, source: 'x' },
        }),
      ),
    )
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect([
      statuses.filter((status) => status === 202).length,
      statuses.filter((status) => status === 409).length,
    ]).toEqual([1, 19])
  })

  test('after a minute counts again', async () => {
    const account = await open()
    const { id } = (await signal(account)).json()
    await ended(id)
    await database.open.db
      .update(signals)
      .set({ createdAt: sql`now() - interval '61 seconds'` })
      .where(eq(signals.id, id))
    expect((await signal(account)).statusCode).toBe(202)
  })

  test('is not blocked by one that could not be stored', async () => {
    const account = await open()
    const { db } = database.open
    await db.execute(sql`ALTER TABLE signal_executions ADD CONSTRAINT broken CHECK (false) NOT VALID`)
    try {
      expect((await signal(account)).statusCode).toBe(500)
    } finally {
      await db.execute(sql`ALTER TABLE signal_executions DROP CONSTRAINT broken`)
    }
    expect((await signal(account)).statusCode).toBe(202)
  })
})

describe('an execution that was left pending', () => {
  /** As a process that died right after it took the signal leaves it. */
  async function leave(account: Account, ageSeconds = 0, { chain, asset } = SOL): Promise<number> {
    const { db } = database.open
    const createdAt = sql`now() - make_interval(secs => ${ageSeconds})` as unknown as Date
    const [row] = await db
      .insert(signals)
      .values({
        userId: account.user.id,
        chain,
        asset,
        type: 'buy',
        strength: 3,
        source: 'x',
        createdAt,
      })
      .returning()
    const id = row?.id ?? 0
    await db.insert(signalExecutions).values({ signalId: id, agentId: account.agentId })
    return id
  }

  test('is taken up by whoever runs next', async () => {
    const account = await open()
    const id = await leave(account)
    const next = await openTestDesk({
      database: database.open,
      store,
      assets,
      trades: true,
      board: here.board,
    })
    onTestFinished(() => next.close())
    await ended(id)
    expect(await executionsOf(id)).toMatchObject([{ status: 'EXECUTED' }])
  })

  test('whose trade was made is noted, not traded again', async () => {
    const account = await open()
    const id = await leave(account)
    // The process died between the trade and its note.
    await here.trading.trade(account.user.id, `signal:${id}:${account.agentId}`, {
      agentId: account.agentId,
      side: 'buy',
      chain: SOL.chain,
      asset: SOL.asset,
      amount: '123',
      reason: 'signal',
    })
    await resume(here)
    await ended(id)
    expect(await executionsOf(id)).toMatchObject([{ status: 'EXECUTED', intentId: expect.any(String) }])
    const { rows } = await database.open.db.execute(
      sql`SELECT 1 FROM intents WHERE agent_id = ${account.agentId}`,
    )
    expect(rows.length).toBe(1)
  })

  test('for too long is skipped: advice is for the moment', async () => {
    const account = await open()
    const id = await leave(account, 601)
    await resume(here)
    await ended(id)
    expect(await executionsOf(id)).toMatchObject([{ status: 'SKIPPED', reason: 'it was too late' }])
  })

  test('of an agent that was paused meanwhile is skipped', async () => {
    const account = await open({ status: 'paused' })
    const id = await leave(account)
    await resume(here)
    await ended(id)
    expect(await executionsOf(id)).toMatchObject([{ status: 'SKIPPED', reason: 'the agent is not active' }])
  })

  test('while there is no price stays pending', async () => {
    const account = await open()
    const id = await leave(account, 0, QUIET)
    await resume(here)
    const job = () => here.state.signalTrades.find(`${id}:${account.agentId}`)
    await eventually(async () => ((await job())?.reason ?? '').includes('no price'))
    expect(await executionsOf(id)).toMatchObject([{ status: 'PENDING' }])
    await here.source.trade(QUIET, '1', Date.now())
    await ended(id)
    expect(await executionsOf(id)).toMatchObject([{ status: 'EXECUTED' }])
  })

  test('whose outcome is not known stays pending until it is', async () => {
    const account = await open()
    const executor: Executor = {
      name: 'hanging',
      deadlineMs: 50,
      execute: () => new Promise(() => undefined),
      find: async () => null,
      cancel: async () => ({ state: 'cancelled', reason: 'it never arrived' }),
      close: async () => undefined,
    }
    const hanging = await openTestDesk({
      database: database.open,
      // Nobody else does its jobs.
      store: redisStore(freshRedis()),
      trades: true,
      board: here.board,
      executor,
    })
    onTestFinished(() => hanging.close())
    const { id } = (
      await hanging.app.inject({
        method: 'POST',
        url: '/api/v1/signals',
        headers: account.user.headers,
        payload: { chain: SOL.chain, asset: SOL.asset, type: 'buy', strength: 3, source: 'x' },
      })
    ).json()
    const state = async () =>
      (
        await database.open.db.execute<{ state: string }>(
          sql`SELECT state FROM intents WHERE agent_id = ${account.agentId}`,
        )
      ).rows[0]?.state
    await eventually(async () => (await state()) === 'UNKNOWN')
    expect(await executionsOf(id)).toMatchObject([{ status: 'PENDING' }])
    await hanging.trading.reconcile({ everyAge: true })
    await ended(id)
    expect(await executionsOf(id)).toMatchObject([{ status: 'FAILED', intentId: expect.any(String) }])
  })
})

describe('bad input', () => {
  test.each([
    [{ type: 'sell' }, '400 SIGNAL_TYPE_UNKNOWN'],
    [{ type: 'BUY' }, '400 SIGNAL_TYPE_UNKNOWN'],
    [{ asset: '7GCihgDB8fe6KNjn2MYtkzZcRjQy3t9GHdC8uHYmW2hr' }, '404 UNKNOWN_ASSET'],
    [{ chain: 'nowhere' }, '400 CHAIN_UNKNOWN'],
  ])('%j is refused as %s', async (wrong, code) => {
    expect(refusal(await signal(await open(), wrong))).toBe(code)
  })

  test.each([
    [{ strength: 0 }, 'strength'],
    [{ strength: 6 }, 'strength'],
    [{ strength: 2.5 }, 'strength'],
    [{ strength: '3' }, 'strength'],
    [{ source: '' }, 'source'],
    [{ source: 'a\0b' }, 'source'],
    [{ price: '1' }, ''],
  ])('%j is refused by field', async (wrong, field) => {
    expect(problemIn(await signal(await open(), wrong)).errors?.[0]?.field).toBe(field)
  })
})
