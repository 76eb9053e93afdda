import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { DEFAULT_PREFERENCES } from '../../src/domain/preferences.ts'
import { sharedLog } from '../../src/ops/shared-log.ts'
import { createLog } from '../../src/ops/log.ts'
import { sampleAgents } from '../../src/trading/equity/sampler.ts'
import { systemClock } from 'holdfast'
import { openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { openAccount } from '../trading/account.ts'
import { problemIn } from './problem.ts'

// What the desk keeps in collections, records and logs; two servers on one Redis and one PostgreSQL.

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

test('preferences change field by field, on any server, and with a version only if nobody was faster', async () => {
  const { headers } = await desk.user()
  const url = '/api/v1/preferences'
  const get = async (of = desk) => (await of.app.inject({ url, headers })).json()
  const patch = (payload: object, of = desk) => of.app.inject({ method: 'PATCH', url, headers, payload })
  expect(await get()).toEqual({ version: 0, preferences: DEFAULT_PREFERENCES })
  const changes = { theme: 'dark', 'order.slippagePercent': '0.5', pinned: ['solana:SOL'] }
  const changed = await patch({ changes, ifVersion: 0 })
  expect(changed.statusCode).toBe(200)
  const { version, preferences } = await get(other)
  expect(changed.json()).toEqual({ version, preferences })
  expect(preferences).toEqual({
    ...DEFAULT_PREFERENCES,
    theme: 'dark',
    order: { ...DEFAULT_PREFERENCES.order, slippagePercent: '0.5' },
    pinned: ['solana:SOL'],
  })
  // Other fields at the same time, on two servers.
  await Promise.all([
    patch({ changes: { 'alerts.fills': false } }),
    patch({ changes: { 'chart.interval': '1h' } }, other),
  ])
  expect((await get()).preferences).toMatchObject({ alerts: { fills: false }, chart: { interval: '1h' } })
  expect(problemIn(await patch({ changes: { theme: 'light' }, ifVersion: version }))).toMatchObject({
    status: 409,
    code: 'PREFERENCES_CHANGED',
  })
  expect((await patch({ changes: { theme: null } })).json().preferences.theme).toBe('system')
  const reset = await desk.app.inject({ method: 'DELETE', url, headers })
  expect(reset.json()).toEqual({ version: 0, preferences: DEFAULT_PREFERENCES })
})

test.each([
  ['an unknown field', { 'alerts.sms': true }, "no field 'alerts.sms'"],
  ['a wrong value', { theme: 'pink' }, 'theme: '],
  ['a percentage beyond bounds', { 'order.slippagePercent': '100' }, 'is no percentage'],
])('%s is a refusal, and nothing changes', async (_what, changes, detail) => {
  const { headers } = await desk.user()
  const url = '/api/v1/preferences'
  const refused = await desk.app.inject({ method: 'PATCH', url, headers, payload: { changes } })
  expect(problemIn(refused)).toMatchObject({
    status: 400,
    code: 'PREFERENCES_INVALID',
    detail: expect.stringContaining(detail),
  })
  expect((await desk.app.inject({ url, headers })).json().version).toBe(0)
})

test('agents are ranked by what they have made of their deposits; names are those that are shown, and mine', async () => {
  await desk.source.trade(SOL, '100', systemClock.wall())
  const [winner, loser] = [
    await openAccount(desk, { assets: [SOL] }),
    await openAccount(desk, { assets: [SOL] }),
  ]
  await winner.buy(SOL, '1000')
  await desk.source.trade(SOL, '150', systemClock.wall())
  await loser.buy(SOL, '1000')
  await desk.source.trade(SOL, '120', systemClock.wall())
  const parts = { db: database.open.db, state: desk.state }
  await sampleAgents(parts, [winner.agentId, loser.agentId], new Date(systemClock.wall()))
  const ask = async (headers: object) =>
    (await other.app.inject({ url: '/api/v1/leaderboard', headers: { ...headers } })).json()
  const seen = await ask(loser.user.headers)
  expect(seen).toMatchObject({ currency: 'USDC', ranked: 2 })
  expect(seen.leaders).toMatchObject([
    { rank: 1, agent: null, isMine: false },
    { rank: 2, agent: 'Trader', isMine: true },
  ])
  const [first, second] = seen.leaders.map(({ profitPercent }: { profitPercent: string }) =>
    Number(profitPercent),
  )
  expect(first).toBeGreaterThan(0)
  expect(second).toBeLessThan(0)
  await desk.app.inject({
    method: 'PATCH',
    url: '/api/v1/preferences',
    headers: winner.user.headers,
    payload: { changes: { 'leaderboard.showNames': true } },
  })
  expect((await ask(loser.user.headers)).leaders[0].agent).toBe('Trader')
})

test('features are on for everybody, until somebody narrows them', async () => {
  const { id, headers } = await desk.user()
  const ask = async () => (await other.app.inject({ url: '/api/v1/features', headers })).json().features
  expect(await ask()).toEqual({ leaderboard: true, 'nearest-venue': true, 'one-click-orders': true })
  await desk.state.feature.setShare({ feature: 'one-click-orders' }, 0)
  await desk.state.feature.fix({ feature: 'leaderboard' }, id, false)
  expect(await ask()).toEqual({ leaderboard: false, 'nearest-venue': true, 'one-click-orders': false })
})

test('the nearest venues, and a place that there is not', async () => {
  const ask = (query: string) => desk.app.inject({ url: `/api/v1/venues/nearest?${query}` })
  const near = (await ask('latitude=52.52&longitude=13.405&most=2')).json()
  expect(near.venues).toMatchObject([{ site: 'frankfurt', name: 'Frankfurt' }, { site: 'london' }])
  expect(near.venues[0].metres).toBeGreaterThan(400_000)
  expect(near.venues[0].metres).toBeLessThan(450_000)
  for (const query of [
    'latitude=91&longitude=0',
    'latitude=&longitude=0',
    'latitude=NaN&longitude=0',
    'longitude=0',
  ])
    expect(problemIn(await ask(query))).toMatchObject({ status: 400, code: 'INVALID_REQUEST' })
})

test('visitors are counted once, whichever server they ask', async () => {
  const ask = async () => (await desk.app.inject({ url: '/api/v1/visitors' })).json()
  await ask()
  const before = await ask()
  const user = await desk.user()
  for (const server of [desk, other, desk])
    await server.app.inject({ url: '/api/v1/features', headers: user.headers })
  expect(await ask()).toEqual({ today: before.today + 1, lastWeek: before.lastWeek + 1 })
})

test('lines of the log are shared, and shown to this machine alone', async () => {
  const written: string[] = []
  const destination = sharedLog({ write: (text) => void written.push(text) })
  const log = createLog('info', destination)
  log.warn('before')
  destination.attach(desk.state)
  log.warn({ module: 'venue', ms: 5 }, 'slow')
  log.error({ err: new TypeError('no') }, 'failed')
  await desk.state.deskLog.flush()
  expect(written).toHaveLength(3)
  const ask = (query: string, host = 'localhost:4400') =>
    other.app.inject({ url: `/api/v1/logs?${query}`, headers: { host } })
  const { lines, counts } = (await ask('level=warn')).json()
  expect(lines).toMatchObject([
    { module: 'venue', level: 'warn', message: 'slow', fields: { ms: 5 } },
    {
      module: 'desk',
      level: 'error',
      message: 'failed',
      fields: { err: [{ type: 'TypeError', message: 'no' }] },
    },
  ])
  expect(counts).toContainEqual({ module: 'venue', level: 'warn', count: 1 })
  expect((await ask('module=venue')).json().lines).toHaveLength(1)
  expect(problemIn(await ask('', 'desk.example'))).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  expect(problemIn(await ask('level=loud'))).toMatchObject({ status: 400, code: 'INVALID_REQUEST' })
})
