import { virtualClock } from 'holdfast/testing'
import { collect } from 'holdfast/observe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInsight } from '../../src/ops/insight.ts'
import { createSharedView } from '../../src/ops/shared-view.ts'
import { manualSource } from '../market/manual-source.ts'
import { openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'

const NOBODY = '00000000-0000-4000-8000-000000000000'

const database = useDatabase()
const clock = virtualClock()
let desk: TestDesk
beforeAll(async () => {
  desk = await openTestDesk({ database: database.open, clock })
})
afterAll(() => desk.close())

const state = async () => (await desk.app.inject({ url: '/api/v1/state' })).json()
const keyspace = async (name: string) =>
  (await state()).keyspaces.find((each: { name: string }) => each.name === name)

test('the status says what is real and what is embedded', async () => {
  expect((await desk.app.inject({ url: '/api/v1/status' })).json()).toEqual({
    version: '1.2.3',
    mode: { priceSource: 'simulator', store: 'memory', database: 'external', execution: 'paper' },
    replay: null,
    demo: null,
    alerts: [],
  })
})

test('the state lists every keyspace with its declaration', async () => {
  const { keyspaces, ...rest } = await state()
  expect(rest).toMatchObject({ store: 'memory', tiers: ['l1', 'l2', 'source'] })
  const kinds = keyspaces.map(({ name, kind }: { name: string; kind: string }) => `${name}: ${kind}`)
  expect(kinds.sort()).toEqual([
    'account: cached',
    'agent: cached',
    'agentIds: cached',
    'agentRuns: queue',
    'agentSchedule: schedule',
    'assets: cached',
    'autoBuyCooldown: limiter',
    'balances: strong',
    'depositResult: idempotency',
    'deskLog: log',
    'exposure: cached',
    'failedLogin: limiter',
    'feature: flags',
    'leaders: ranking',
    'lockedOut: cached',
    'login: session',
    'loginTurn: lock',
    'notifications: topic',
    'notify: queue',
    'ohlcv: cached',
    'openPositions: strong',
    'portfolio: strong',
    'portfolioEvents: topic',
    'positionEvents: topic',
    'positionLock: lock',
    'preferences: record',
    'price: cached',
    'programTokens: limiter',
    'reconcileSchedule: schedule',
    'requestLock: lock',
    'revokedToken: denylist',
    'signalTrades: queue',
    'symbolSchedule: schedule',
    'task: lock',
    'tradeEvents: topic',
    'tradeRate: limiter',
    'tradeResult: idempotency',
    'tradeStatus: strong',
    'venueSites: places',
    'visitors: unique',
    'warmSchedule: schedule',
  ])
  expect(await keyspace('price')).toMatchObject({
    key: 'price:{chain}:{asset}',
    about: expect.stringContaining('traded price'),
    ttlMs: 60_000,
    details: { loader: true },
    l1: { entries: 0, maxEntries: 10_000 },
    hitRatio: null,
    readMs: null,
    loadMs: null,
  })
  expect(await keyspace('task')).toMatchObject({
    ttlMs: null,
    details: { leaseMs: 10_000 },
    l1: null,
    counts: {},
    hitRatio: null,
  })
})

test('its numbers are those of what happened', async () => {
  await desk.source.trade(SOL, '1', 1)
  for (let read = 0; read < 3; read++) await desk.state.price.get(SOL)
  await desk.state.price.delete(SOL)
  await desk.state.price.get(SOL)
  await clock.advance(5_000)
  const price = await keyspace('price')
  expect(price).toMatchObject({
    counts: { l1Hits: 3, l2Hits: 0, misses: 1, loads: 1, sets: 1, deletes: 1 },
    hitRatio: 0.75,
    l1: { entries: 1 },
    readMs: { p50: expect.any(Number), p99: expect.any(Number) },
    loadMs: { p50: expect.any(Number), p99: expect.any(Number) },
  })
  // Said once, beside its bound.
  expect(price.counts).not.toHaveProperty('l1Entries')
  expect((await state()).uptimeMs).toBe(5_000)
})

test('what the store knows is shown beside: shared hit ratio, last refresh, size; and is not asked at each poll', async () => {
  const asked = { totals: 0, sizes: 0 }
  const view = createSharedView(
    {
      totals: () => (asked.totals++, desk.state.totals()),
      sizes: (limits) => (asked.sizes++, desk.state.sizes(limits)),
    },
    clock,
  )
  expect(view.of('agent')).toBeNull()
  await desk.state.agent.get({ agentId: NOBODY })
  await desk.state.agent.get({ agentId: NOBODY })
  await clock.advance(60_000)
  view.of('agent')
  await clock.advance(2_000)
  for (let poll = 0; poll < 100; poll++) view.of('agent')
  expect(view.of('agent')).toEqual({
    hitRatio: 0.5,
    lastRefreshAgeMs: 62_000,
    size: { keys: 1, bytes: expect.any(Number) },
  })
  expect(view.of('tradeRate')).toMatchObject({ hitRatio: null, size: { keys: 0 } })
  expect(asked).toEqual({ totals: 2, sizes: 2 })
  await keyspace('price')
  await clock.advance(0)
  expect((await keyspace('price')).shared).toMatchObject({ size: { keys: expect.any(Number) } })
})

test('a replay tells how far it is, and alerts what is wrong', () => {
  const source = {
    ...manualSource('replay'),
    progress: () => ({
      file: 'dump.csv',
      symbol: 'XRPETH',
      layout: 'aggTrades',
      speed: 60,
      share: 0.25,
      ticks: 10,
      eventTimeMs: 1_570_000_000_000,
      lagMs: 3,
      malformed: 1,
      loops: 0,
      done: false,
    }),
  }
  const collector = collect(desk.state, clock)
  const shared = { of: () => null }
  const demo = { email: 'demo@example.com', password: 'x' }
  const mode = { priceSource: 'replay', store: 'memory', database: 'external', execution: 'paper' } as const
  const raised = [{ code: 'TRADES_UNRESOLVED', severity: 'critical', message: 'x', since: 7 } as const]
  const alerts = { current: () => [...raised] }
  const insight = createInsight({ version: '1', mode, demo, source, collector, shared, alerts, clock })
  collector.close()
  expect(insight.demo).toEqual(demo)
  expect(insight.status()).toEqual({
    version: '1',
    mode,
    replay: {
      file: 'dump.csv',
      symbol: 'XRPETH',
      speed: 60,
      share: 0.25,
      ticks: 10,
      eventTime: 1_570_000_000_000,
      malformed: 1,
      loops: 0,
      done: false,
    },
    alerts: raised,
  })
})
