import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readinessChecks } from '../../src/ops/checks.ts'
import { openTestDesk, SOL, type TestDesk, type TestUser, useDatabase } from '../test-desk.ts'

interface Operation {
  readonly summary?: string
  readonly tags?: string[]
  readonly security?: object[]
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>
}
interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { schemas: Record<string, object>; securitySchemes: object }
}

const database = useDatabase()
let desk: TestDesk
let user: TestUser
let agentId: string
let intentId: string
let document: Document
beforeAll(async () => {
  const board = { silenceMs: () => 1 }
  const source = { name: 'simulator', progress: () => ({ ticks: 1, eventTimeMs: 1, lagMs: 0 }) }
  const checks = readinessChecks(database.open, { ping: async () => 'memory' }, board, source)
  desk = await openTestDesk({ database: database.open, checks })
  user = await desk.user()
  await desk.source.trade(SOL, '148.25', Date.UTC(2026, 0, 1), '2.5')
  const payload = { name: 'Scout' }
  const made = await desk.app.inject({
    method: 'POST',
    url: '/api/v1/agents',
    headers: user.headers,
    payload,
  })
  agentId = made.json().id
  await desk.app.inject({
    method: 'PATCH',
    url: `/api/v1/agents/${agentId}`,
    headers: user.headers,
    payload: { status: 'active' },
  })
  const deposit = { agentId, chain: SOL.chain, amount: '10000' }
  await desk.trading.deposit(user.id, 'money', deposit)
  const order = {
    agentId,
    side: 'buy',
    chain: SOL.chain,
    asset: SOL.asset,
    amount: '200',
    reason: 'manual',
  } as const
  intentId = (await desk.trading.trade(user.id, 'trade', order)).intentId
  document = (await desk.app.inject({ url: '/docs/json' })).json()
})
afterAll(() => desk.close())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
  )

test('the document is OpenAPI 3.1 of exactly these operations', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(
    operations()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([
    'delete /api/v1/auth/sessions/{handle}',
    'delete /api/v1/auth/tokens/{id}',
    'delete /api/v1/preferences',
    'get /api/v1/agents',
    'get /api/v1/agents/{id}',
    'get /api/v1/agents/{id}/balances',
    'get /api/v1/agents/{id}/config',
    'get /api/v1/agents/{id}/equity',
    'get /api/v1/agents/{id}/portfolio',
    'get /api/v1/agents/{id}/positions',
    'get /api/v1/agents/{id}/transactions',
    'get /api/v1/assets',
    'get /api/v1/auth/me',
    'get /api/v1/auth/sessions',
    'get /api/v1/candles/{chain}/{asset}',
    'get /api/v1/features',
    'get /api/v1/leaderboard',
    'get /api/v1/logs',
    'get /api/v1/notifications',
    'get /api/v1/preferences',
    'get /api/v1/prices',
    'get /api/v1/prices/{chain}/{asset}',
    'get /api/v1/state',
    'get /api/v1/status',
    'get /api/v1/trades/{id}',
    'get /api/v1/venues/nearest',
    'get /api/v1/visitors',
    'get /health/live',
    'get /health/ready',
    'patch /api/v1/agents/{id}',
    'patch /api/v1/agents/{id}/config',
    'patch /api/v1/preferences',
    'post /api/v1/agents',
    'post /api/v1/agents/{id}/deposits',
    'post /api/v1/auth/login',
    'post /api/v1/auth/logout',
    'post /api/v1/auth/logout-everywhere',
    'post /api/v1/auth/register',
    'post /api/v1/auth/tokens',
    'post /api/v1/auto-buys',
    'post /api/v1/signals',
    'post /api/v1/trades',
    'post /api/v1/trades/preview',
  ])
})

test('every operation has a summary, a tag and a response', () => {
  for (const { name, summary, tags, responses } of operations()) {
    expect([name, summary]).toEqual([name, expect.stringMatching(/\w/)])
    expect([name, tags?.length]).toEqual([name, 1])
    expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true)
  }
})

test('those that ask for a token are marked, and no others', () => {
  expect(document.components.securitySchemes).toEqual({
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  })
  const guarded = operations().filter(({ security }) => security !== undefined)
  expect(guarded.every(({ responses }) => '401' in responses)).toBe(true)
  expect(guarded.map(({ name }) => name).sort()).toEqual([
    'delete /api/v1/auth/sessions/{handle}',
    'delete /api/v1/auth/tokens/{id}',
    'delete /api/v1/preferences',
    'get /api/v1/agents',
    'get /api/v1/agents/{id}',
    'get /api/v1/agents/{id}/balances',
    'get /api/v1/agents/{id}/config',
    'get /api/v1/agents/{id}/equity',
    'get /api/v1/agents/{id}/portfolio',
    'get /api/v1/agents/{id}/positions',
    'get /api/v1/agents/{id}/transactions',
    'get /api/v1/auth/me',
    'get /api/v1/auth/sessions',
    'get /api/v1/features',
    'get /api/v1/leaderboard',
    'get /api/v1/notifications',
    'get /api/v1/preferences',
    'get /api/v1/trades/{id}',
    'patch /api/v1/agents/{id}',
    'patch /api/v1/agents/{id}/config',
    'patch /api/v1/preferences',
    'post /api/v1/agents',
    'post /api/v1/agents/{id}/deposits',
    'post /api/v1/auth/logout',
    'post /api/v1/auth/logout-everywhere',
    'post /api/v1/auth/tokens',
    'post /api/v1/auto-buys',
    'post /api/v1/signals',
    'post /api/v1/trades',
    'post /api/v1/trades/preview',
  ])
})

test('the guard stands where the mark is', async () => {
  for (const { name, security } of operations()) {
    const [method, path = ''] = name.split(' ')
    const url = path.replace('{id}', agentId).replace('{chain}', SOL.chain).replace('{asset}', SOL.asset)
    const { statusCode } = await desk.app.inject({ method: method as 'GET', url })
    expect([name, statusCode === 401]).toEqual([name, security !== undefined])
  }
})

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document.paths).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
  const names = new Set(references.map(([, name]) => name))
  expect(names).toEqual(
    new Set([
      'Agent',
      'Asset',
      'Balance',
      'Candle',
      'EquityPoint',
      'Features',
      'Health',
      'Leaderboard',
      'Logs',
      'NearestVenues',
      'Notifications',
      'Portfolio',
      'Position',
      'Preferences',
      'Price',
      'Problem',
      'Session',
      'Signal',
      'SignedIn',
      'State',
      'Status',
      'Trade',
      'TradePreview',
      'TradingConfig',
      'Transaction',
      'User',
      'Visitors',
    ]),
  )
  for (const name of names) expect(document.components.schemas).toHaveProperty(name ?? '')
})

test('errors are documented as what they are sent as', () => {
  for (const { name, responses } of operations()) {
    for (const [status, { content }] of Object.entries(responses)) {
      if (Number(status) < 400 || name === 'get /health/ready') continue
      expect([name, status, content]).toEqual([
        name,
        status,
        { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      ])
    }
  }
})

describe('answers fit the document', () => {
  /** The schema of an answer, as another program would read it from the document. */
  function documented(operation: string, status: number, type: string): z.ZodType {
    const found = operations().find(({ name }) => name === operation)
    const schema = found?.responses[status]?.content?.[type]?.schema
    if (!schema) throw new Error(`${operation} does not document ${status} ${type}`)
    const whole = { ...schema, $defs: document.components.schemas }
    const local = JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')
    return z.fromJSONSchema(JSON.parse(local))
  }

  test.each([
    ['get /api/v1/assets', 200, '/api/v1/assets'],
    ['get /api/v1/prices', 200, '/api/v1/prices'],
    ['get /api/v1/prices/{chain}/{asset}', 200, `/api/v1/prices/solana/${SOL.asset}`],
    ['get /api/v1/prices/{chain}/{asset}', 400, '/api/v1/prices/solana/x'],
    ['get /api/v1/prices/{chain}/{asset}', 404, '/api/v1/prices/binance/XRPETH'],
    ['get /api/v1/candles/{chain}/{asset}', 200, `/api/v1/candles/solana/${SOL.asset}`],
    ['get /api/v1/candles/{chain}/{asset}', 400, `/api/v1/candles/solana/${SOL.asset}?limit=0`],
    ['get /api/v1/agents', 200, '/api/v1/agents'],
    ['get /api/v1/agents/{id}', 200, () => `/api/v1/agents/${agentId}`],
    ['get /api/v1/agents/{id}', 404, '/api/v1/agents/00000000-0000-4000-8000-000000000000'],
    ['get /api/v1/agents/{id}/balances', 200, () => `/api/v1/agents/${agentId}/balances`],
    ['get /api/v1/agents/{id}/config', 200, () => `/api/v1/agents/${agentId}/config`],
    ['get /api/v1/agents/{id}/equity', 200, () => `/api/v1/agents/${agentId}/equity`],
    ['get /api/v1/agents/{id}/portfolio', 200, () => `/api/v1/agents/${agentId}/portfolio`],
    ['get /api/v1/agents/{id}/positions', 200, () => `/api/v1/agents/${agentId}/positions`],
    ['get /api/v1/agents/{id}/positions', 400, () => `/api/v1/agents/${agentId}/positions?status=lost`],
    ['get /api/v1/agents/{id}/transactions', 200, () => `/api/v1/agents/${agentId}/transactions`],
    ['get /api/v1/trades/{id}', 200, () => `/api/v1/trades/${intentId}`],
    ['get /api/v1/trades/{id}', 404, () => `/api/v1/trades/${agentId}`],
    ['get /api/v1/auth/me', 200, '/api/v1/auth/me'],
    ['get /api/v1/features', 200, '/api/v1/features'],
    ['get /api/v1/leaderboard', 200, '/api/v1/leaderboard'],
    ['get /api/v1/leaderboard', 400, '/api/v1/leaderboard?most=0'],
    ['get /api/v1/notifications', 200, '/api/v1/notifications'],
    ['get /api/v1/notifications', 400, '/api/v1/notifications?since=yesterday'],
    ['get /api/v1/preferences', 200, '/api/v1/preferences'],
    ['get /api/v1/venues/nearest', 200, '/api/v1/venues/nearest?latitude=1&longitude=1'],
    ['get /api/v1/venues/nearest', 400, '/api/v1/venues/nearest?latitude=91&longitude=1'],
    ['get /api/v1/visitors', 200, '/api/v1/visitors'],
    ['get /api/v1/state', 200, '/api/v1/state'],
    ['get /api/v1/status', 200, '/api/v1/status'],
    ['get /health/live', 200, '/health/live'],
    ['get /health/ready', 200, '/health/ready'],
  ])('%s %i', async (operation, status, path) => {
    const url = typeof path === 'string' ? path : path()
    const { statusCode, headers, body } = await desk.app.inject({ url, headers: user.headers })
    expect(statusCode).toBe(status)
    const [type = ''] = String(headers['content-type']).split(';')
    const schema = documented(operation, status, type)
    expect(schema.safeParse(JSON.parse(body)).error?.issues).toBeUndefined()
    // The document says enough to refuse something else.
    expect(schema.safeParse({}).success).toBe(false)
  })
})

test('the pages of the documentation are served', async () => {
  const page = await desk.app.inject({ url: '/docs/' })
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')])
})
