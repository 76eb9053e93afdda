import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { drizzle } from 'drizzle-orm/node-postgres'
import express from 'express'
import { FinalFailure, idempotency, open } from 'holdfast'
import { idempotent } from 'holdfast/express'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { browser } from './browser.ts'

// Idempotency-Key in Express. Every way to ask twice is also tried in Fastify: fastify.test.ts.

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

/** An application whose orders are done once, and a client of it. */
async function application() {
  const state = await open({ order }, { truth: drizzleTruth(drizzle(pool)) })
  const app = express()
  const router = express.Router()
  let orders = 0
  let held: (() => void) | undefined
  const userId = `u${users++}`
  router.post(
    '/orders',
    express.json(),
    idempotent(
      state.order,
      { id: (_request: express.Request, key) => ({ userId, key }), status: 201, failureStatus: () => 402 },
      async ({ body }) => {
        orders++
        const { amount } = body as { amount: string }
        if (amount === 'hold') await new Promise<void>((resolve) => (held = resolve))
        if (amount === 'much') throw new FinalFailure('INSUFFICIENT', 'There is not that much.')
        if (amount === 'fail') throw new Error('venue down')
        return { orderId: `o${orders}` }
      },
    ),
  )
  app.use('/v1', router)
  app.use('/v2', router)
  app.use(((error, _request, response, _next) => {
    response.status(500).json({ message: (error as Error).message })
  }) satisfies express.ErrorRequestHandler)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await state.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    order: (amount: string, key?: string, version = 'v1') =>
      browser(url).post(
        `/${version}/orders`,
        { amount },
        key === undefined ? {} : { 'idempotency-key': key },
      ),
    ordersDone: () => orders,
    proceed: () => held?.(),
    isHeld: () => held !== undefined,
  }
}

test('a request is done once for each key, and answered alike', async () => {
  const { order, ordersDone } = await application()
  const first = await order('1', 'k1')
  expect(first).toMatchObject({ status: 201, body: { orderId: 'o1' } })
  expect(first.headers.get('content-type')).toContain('application/json')
  expect(first.headers.get('idempotent-replayed')).toBeNull()
  const again = await order('1', '"k1"')
  expect(again).toMatchObject({ status: 201, body: { orderId: 'o1' } })
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  for (const other of [order('2', 'k1'), order('1', 'k1', 'v2')])
    expect(await other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_MISMATCH' } })
  const none = await order('1')
  expect(none).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } })
  expect(none.headers.get('content-type')).toBe('application/problem+json')
  expect(await order('1', 'two keys')).toMatchObject({ body: { code: 'IDEMPOTENCY_KEY_INVALID' } })
  expect(ordersDone()).toBe(1)
})

test('a failure that is final is answered again; any other goes to the error handler, and is tried again', async () => {
  const { order, ordersDone } = await application()
  expect(await order('much', 'k1')).toMatchObject({ status: 402, body: { code: 'INSUFFICIENT' } })
  const again = await order('much', 'k1')
  expect(again).toMatchObject({ status: 402, body: { detail: 'There is not that much.' } })
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(ordersDone()).toBe(1)
  for (const _ of [1, 2])
    expect(await order('fail', 'k2')).toMatchObject({ status: 500, body: { message: 'venue down' } })
  expect(ordersDone()).toBe(3)
})

test('while it is being done, the same request is a conflict that says when to ask again', async () => {
  const { order, proceed, isHeld } = await application()
  const first = order('hold', 'k1')
  await expect.poll(isHeld).toBe(true)
  const meanwhile = await order('hold', 'k1')
  expect(meanwhile).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_CONFLICT' } })
  expect(Number(meanwhile.headers.get('retry-after'))).toBeGreaterThan(0)
  proceed()
  expect(await first).toMatchObject({ status: 201 })
  expect(await order('hold', 'k1')).toMatchObject({ status: 201, body: (await first).body })
})
