import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { drizzle } from 'drizzle-orm/node-postgres'
import fastify from 'fastify'
import { FinalFailure, idempotency, limiter, open, session } from 'holdfast'
import { idempotent, rateLimit, sessionStore } from 'holdfast/fastify'
import { drizzleTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'
import { browser } from './browser.ts'

declare module 'fastify' {
  interface Session {
    userId?: string
    seen?: number
  }
}

const web = session({
  key: 'session:{userId}',
  about: 'Sessions of the web application.',
  value: z.looseObject({ userId: z.string().optional() }),
  idle: '30m',
  absolute: '12h',
})
const requests = limiter({ key: 'rate:{from}', about: 'Requests.', rate: '3/1h', onStoreDown: 'allow' })
const order = idempotency({
  key: 'idempotency:order:{userId}:{key}',
  about: 'An order.',
  value: z.object({ orderId: z.string() }),
  ttl: '1h',
})

let database: FreshDatabase
let pool: pg.Pool
beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 4 })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
let users = 0

/** An application as people write them, and browsers of it. */
async function application() {
  const db = drizzle(pool)
  const state = await open(
    { web, requests, order },
    { store: redisStore(freshRedis()), truth: drizzleTruth(db) },
  )
  const app = fastify()
  let orders = 0
  const userId = `u${users++}`
  const held: (() => void)[] = []
  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    secret: 'a secret of the tests, of at least 32 characters',
    cookie: { secure: false },
    saveUninitialized: false,
    rolling: false,
    store: sessionStore(state.web, {
      user: ({ userId }) => (userId === undefined ? null : { userId }),
    }),
  })
  app.get('/count', async ({ session: own }) => {
    own.seen = (own.seen ?? 0) + 1
    return { seen: own.seen, userId: own.userId ?? null }
  })
  app.get('/look', async ({ session: own }) => ({ seen: own.seen ?? 0, userId: own.userId ?? null }))
  app.post<{ Params: { userId: string } }>('/login/:userId', async (request) => {
    await request.session.regenerate()
    request.session.userId = request.params.userId
    return {}
  })
  app.post('/logout', async (request) => {
    await request.session.destroy()
    return {}
  })
  app.get('/slow', async ({ session: own }) => {
    await new Promise<void>((resolve) => held.push(resolve))
    own.seen = 1_000
    return { userId: own.userId ?? null }
  })
  app.get<{ Params: { from: string } }>(
    '/limited/:from',
    { onRequest: rateLimit(state.requests, { id: ({ params }: { params: { from: string } }) => params }) },
    async () => ({}),
  )
  app.post<{ Body: { amount: string } }>(
    '/orders',
    idempotent(
      state.order,
      { id: (_request, key) => ({ userId, key }), status: 201, failureStatus: () => 402 },
      async ({ body }: { body: { amount: string }; method: string; url: string; headers: {} }) => {
        orders++
        if (body.amount === 'hold') await new Promise<void>((resolve) => held.push(resolve))
        if (body.amount === 'much') throw new FinalFailure('INSUFFICIENT', 'There is not that much.')
        if (body.amount === 'fail') throw new Error('venue down')
        return { orderId: `o${orders}` }
      },
    ),
  )
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await app.close()
    await state.close()
  })
  return { state, browser: (cookie?: string) => browser(url, cookie), held, ordersDone: () => orders }
}

test('a visitor signs in, is listed, and is signed out from outside', async () => {
  const { browser, state } = await application()
  const [one, other] = [browser(), browser()]
  expect(await one.get('/count')).toMatchObject({ body: { seen: 1, userId: null } })
  expect(await one.get('/count')).toMatchObject({ body: { seen: 2 } })
  const before = one.cookie
  await one.post('/login/ann')
  await other.post('/login/ann')
  expect(one.cookie).not.toBe(before)
  expect(await one.get('/count')).toMatchObject({ body: { seen: 1, userId: 'ann' } })
  expect(await browser(before).get('/look')).toMatchObject({ body: { seen: 0 } })
  const ann = { userId: 'ann' }
  expect(await state.web.list(ann)).toHaveLength(2)
  await one.post('/logout')
  const [left] = await state.web.list(ann)
  expect(await state.web.revokeListed(ann, left?.handle ?? '')).toBe(true)
  expect(await other.get('/look')).toMatchObject({ body: { userId: null } })
})

test('a request that was under way does not bring back what was ended', async () => {
  const { browser, state, held } = await application()
  const one = browser()
  await one.post('/login/ann')
  const slow = one.get('/slow')
  await expect.poll(() => held.length).toBe(1)
  await state.web.revokeAll({ userId: 'ann' })
  held[0]?.()
  expect(await slow).toMatchObject({ status: 200, body: { userId: 'ann' } })
  expect(await one.get('/look')).toMatchObject({ body: { userId: null, seen: 0 } })
})

test('over the limit it is 429 with Retry-After', async () => {
  const { browser } = await application()
  for (let n = 0; n < 3; n++) expect((await browser().get('/limited/here')).status).toBe(200)
  const refused = await browser().get('/limited/here')
  expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } })
  expect(refused.headers.get('ratelimit-policy')).toBe('"requests";q=3;w=3600')
  expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=\d+$/)
  expect(refused.headers.get('content-type')).toBe('application/problem+json')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1_000)
})

test('a request is done once for each key, and answered alike', async () => {
  const { browser, ordersDone } = await application()
  const order = (amount: string, key?: string) =>
    browser().post('/orders', { amount }, key === undefined ? {} : { 'idempotency-key': key })
  const first = await order('1', 'k1')
  expect(first).toMatchObject({ status: 201, body: { orderId: 'o1' } })
  expect(first.headers.get('idempotent-replayed')).toBeNull()
  const again = await order('1', '"k1"')
  expect(again).toMatchObject({ status: 201, body: { orderId: 'o1' } })
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(await order('2', 'k1')).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_MISMATCH' } })
  expect(await order('1')).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } })
  for (const key of ['two keys', 'x'.repeat(129), '"'])
    expect(await order('1', key)).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_INVALID' } })
  expect(ordersDone()).toBe(1)
})

test('a failure that is final is answered again; any other is tried again', async () => {
  const { browser, ordersDone } = await application()
  const order = (amount: string, key: string) =>
    browser().post('/orders', { amount }, { 'idempotency-key': key })
  expect(await order('much', 'k1')).toMatchObject({ status: 402, body: { code: 'INSUFFICIENT' } })
  const again = await order('much', 'k1')
  expect(again).toMatchObject({ status: 402, body: { detail: 'There is not that much.' } })
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(ordersDone()).toBe(1)
  expect((await order('fail', 'k2')).status).toBe(500)
  expect((await order('fail', 'k2')).status).toBe(500)
  expect(ordersDone()).toBe(3)
})

test('while it is being done, the same request is a conflict that says when to ask again', async () => {
  const { browser, held } = await application()
  const order = () => browser().post('/orders', { amount: 'hold' }, { 'idempotency-key': 'k1' })
  const first = order()
  await expect.poll(() => held.length).toBe(1)
  const meanwhile = await order()
  expect(meanwhile).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_CONFLICT' } })
  expect(Number(meanwhile.headers.get('retry-after'))).toBeGreaterThan(0)
  held[0]?.()
  expect(await first).toMatchObject({ status: 201 })
  expect(await order()).toMatchObject({ status: 201, body: (await first).body })
})

test.each([
  ['a text', 'a "note"', 'a "note"'],
  ['a bigint inside', { paid: [{ amount: 2n ** 70n }] }, { paid: [{ amount: '1180591620717411303424' }] }],
])('a result that is or has %s is answered as JSON, and so is its replay', async (_name, result, said) => {
  const note = idempotency({
    key: 'idempotency:note:{key}',
    about: 'A note.',
    value: z.union([z.string(), z.object({ paid: z.array(z.object({ amount: z.bigint() })) })]),
    ttl: '1h',
  })
  const state = await open({ note }, { truth: drizzleTruth(drizzle(pool)) })
  const app = fastify()
  onTestFinished(async () => {
    await app.close()
    await state.close()
  })
  const id = (_request: unknown, key: string): { key: string } => ({ key })
  app.post(
    '/notes',
    idempotent(state.note, { id }, async () => result),
  )
  const headers = { 'idempotency-key': `n${users++}` }
  for (const replayed of [undefined, 'true']) {
    const answer = await app.inject({ method: 'POST', url: '/notes', headers })
    expect(answer.json()).toEqual(said)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8' })
    expect(answer.headers['idempotent-replayed']).toBe(replayed)
  }
})
