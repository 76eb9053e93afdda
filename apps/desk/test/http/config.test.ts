import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { TradingConfig } from '../../src/trading/rules/config.ts'
import { openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { openAccount } from '../trading/account.ts'
import { problemIn } from './problem.ts'

const database = useDatabase()
let desk: TestDesk
let other: TestDesk
beforeAll(async () => {
  const store = redisStore(freshRedis())
  desk = await openTestDesk({ database: database.open, store })
  other = await openTestDesk({ database: database.open, store })
})
afterAll(async () => {
  await desk.close()
  await other.close()
})

/** An agent as it is made, whose config nobody has changed. */
async function fresh() {
  const user = await desk.user()
  const { headers } = user
  const made = await desk.app.inject({
    method: 'POST',
    url: '/api/v1/agents',
    headers,
    payload: { name: 'A' },
  })
  const url = `/api/v1/agents/${made.json().id}/config`
  return {
    url,
    headers,
    get: async (of = desk) => (await of.app.inject({ url, headers })).json(),
    patch: (payload: object | string) =>
      desk.app.inject({
        method: 'PATCH',
        url,
        headers: { ...headers, 'content-type': 'application/json' },
        payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
      }),
  }
}

describe('a config', () => {
  test('is the default until it is changed', async () => {
    expect(await (await fresh()).get()).toEqual(JSON.parse(JSON.stringify(TradingConfig.parse({}))))
  })

  test('is changed field by field; null takes a field back to its default', async () => {
    const agent = await fresh()
    const before = await agent.get()
    const changed = await agent.patch({ stopLoss: { initialPercent: '-5' }, stale: { afterMinutes: 5 } })
    expect(changed.statusCode).toBe(200)
    const expected = {
      ...before,
      stopLoss: { ...before.stopLoss, initialPercent: '-5' },
      stale: { ...before.stale, afterMinutes: 5 },
    }
    expect(changed.json()).toEqual(expected)
    expect(await agent.get()).toEqual(expected)
    await agent.patch({ stopLoss: { initialPercent: null }, stale: null })
    expect(await agent.get()).toEqual(before)
  })

  test('one limit of one currency can be changed by itself', async () => {
    const agent = await fresh()
    const before = await agent.get()
    await agent.patch({ purchase: { limits: { USDC: { maxPurchase: '900' } } } })
    expect((await agent.get()).purchase.limits).toEqual({
      ...before.purchase.limits,
      USDC: { ...before.purchase.limits.USDC, maxPurchase: '900' },
    })
  })

  test('changed twice at once has both changes', async () => {
    const agent = await fresh()
    await Promise.all([
      agent.patch({ stale: { afterMinutes: 7 } }),
      agent.patch({ signals: { minScore: 4 } }),
    ])
    expect(await agent.get()).toMatchObject({ stale: { afterMinutes: 7 }, signals: { minScore: 4 } })
  })

  test('is seen by another process within 100 ms', async () => {
    const agent = await fresh()
    await agent.get(other)
    await agent.patch({ stale: { afterMinutes: 9 } })
    const isSeen = async () => (await agent.get(other)).stale.afterMinutes === 9
    await expect(eventually(isSeen, 100)).resolves.toBeUndefined()
  })

  test('is no part of the agent in lists', async () => {
    const account = await openAccount(desk, { assets: [SOL] })
    const answer = (await account.get(`/api/v1/agents/${account.agentId}`)).json()
    expect(answer).not.toHaveProperty('config')
  })
})

describe('a change that makes no sense', () => {
  test.each([
    [{ stopLoss: { initialPercent: '5' } }, 'CONFIG_CONTRADICTORY', 'stopLoss.initialPercent'],
    [
      { stale: { minGainPercent: '20', maxGainPercent: '10' } },
      'CONFIG_CONTRADICTORY',
      'stale.minGainPercent',
    ],
    [
      {
        takeProfit: { levels: [{ gainPercent: '50', sellPercent: '80' }], moonbag: { retainPercent: '30' } },
      },
      'CONFIG_CONTRADICTORY',
      'takeProfit.levels',
    ],
    [{ dca: { template: 'custom' } }, 'CONFIG_CONTRADICTORY', 'dca.levels'],
    [
      { purchase: { limits: { USDC: { minPurchase: '100', maxPurchase: '10' } } } },
      'CONFIG_CONTRADICTORY',
      'purchase.limits.USDC.minPurchase',
    ],
    [{ stopLos: { enabled: false } }, 'CONFIG_INVALID', 'stopLos'],
    [{ stopLoss: { on: false } }, 'CONFIG_INVALID', 'stopLoss.on'],
    [{ stopLoss: { initialPercent: -5 } }, 'CONFIG_INVALID', 'stopLoss.initialPercent'],
    [{ stopLoss: { initialPercent: '-5%' } }, 'CONFIG_INVALID', 'stopLoss.initialPercent'],
    [{ purchase: { maxOpenPositions: 26 } }, 'CONFIG_INVALID', 'purchase.maxOpenPositions'],
    [{ purchase: 'a lot' }, 'CONFIG_INVALID', 'purchase'],
    [{ signals: { allowedTypes: ['sell'] } }, 'CONFIG_INVALID', 'signals.allowedTypes.0'],
    [
      { signals: { blacklist: [{ chain: 'solana', asset: 'x' }] } },
      'CONFIG_INVALID',
      'signals.blacklist.0.asset',
    ],
  ])('%j is refused: %s of %s, and nothing is changed', async (patch, code, field) => {
    const agent = await fresh()
    const before = await agent.get()
    const answer = await agent.patch({
      ...patch,
      dca: { cooldownSeconds: 77, ...('dca' in patch ? patch.dca : {}) },
    })
    const problem = problemIn(answer)
    expect([answer.statusCode, problem.code]).toEqual([400, code])
    expect(problem.errors?.map((each) => each.field)).toContain(field)
    expect(await agent.get()).toEqual(before)
  })

  test.each(['[]', '"x"', '7', 'null'])('%s is no change', async (body) => {
    expect(problemIn(await (await fresh()).patch(body)).status).toBe(400)
  })

  test('names that reach for the prototype, and nesting without end, are unknown fields like others', async () => {
    const agent = await fresh()
    expect(problemIn(await agent.patch('{"__proto__":{"enabled":false}}')).status).toBe(400)
    expect(problemIn(await agent.patch('{"constructor":{"prototype":{"polluted":true}}}')).status).toBe(400)
    const deep = '{"stopLoss":'.repeat(4_000) + '1' + '}'.repeat(4_000)
    expect(problemIn(await agent.patch(deep)).status).toBe(400)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
