import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session from 'express-session'
import { limiter, open, session as declareSession } from 'holdfast'
import { rateLimit, sessionStore } from 'holdfast/express'
import { redisStore } from 'holdfast/redis'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { freshRedis, privateRedis } from '../servers/redis.ts'
import { eventually } from '../servers/eventually.ts'
import { browser } from './browser.ts'

declare module 'express-session' {
  interface SessionData {
    userId?: string
    seen?: number
    text?: string
  }
}

const web = declareSession({
  key: 'session:{userId}',
  about: 'Sessions of the web application.',
  value: z.looseObject({ userId: z.string().optional() }),
  idle: '30m',
  absolute: '12h',
  maxSize: '1kB',
})
const requests = limiter({
  key: 'rate:{from}',
  about: 'Requests of a visitor.',
  rate: '3/1h',
  onStoreDown: 'allow',
})

/** An application as people write them, and browsers of it. */
async function application(redis: { url: string; namespace?: string } = freshRedis()) {
  const state = await open({ web, requests }, { store: redisStore({ ...redis, commandTimeout: '500ms' }) })
  const store = sessionStore(session.Store, state.web, {
    user: ({ userId }) => (userId === undefined ? null : { userId }),
  })
  const app = express()
  const failures: (string | undefined)[] = []
  app.use(session({ store, secret: 'of the tests', resave: false, saveUninitialized: false }))
  let entered: (() => void) | undefined
  let proceed: Promise<void> | undefined
  app.get('/count', (request, response) => {
    request.session.seen = (request.session.seen ?? 0) + 1
    response.json({ seen: request.session.seen, userId: request.session.userId ?? null })
  })
  app.get('/look', (request, response) => {
    response.json({ seen: request.session.seen ?? 0, userId: request.session.userId ?? null })
  })
  app.post('/login/:userId', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.userId = request.params.userId
      request.session.save((failure) => (failure ? next(failure) : response.json({})))
    })
  })
  app.post('/become/:userId', (request, response) => {
    request.session.userId = request.params.userId
    response.json({})
  })
  app.post('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.json({})))
  })
  app.get('/slow', async (request, response) => {
    entered?.()
    await proceed
    request.session.seen = 1_000
    response.json({ userId: request.session.userId ?? null })
  })
  app.get('/fill', (request, response, next) => {
    request.session.text = 'x'.repeat(2_000)
    request.session.save((error) => (error ? next(error) : response.json({})))
  })
  const limited = rateLimit(state.requests, {
    id: ({ params: { from } }: { params: { from: string } }) => ({ from }),
  })
  app.get('/answered/:from', (request, response, next) => {
    limited(request, response, next)
    response.json({ answered: true })
  })
  app.get('/limited/:from', limited, (_request, response) => void response.json({}))
  app.use(((error, _request, response, _next) => {
    failures.push((error as { code?: string }).code)
    if (response.headersSent) return
    response.status(500).json({ code: (error as { code?: string }).code })
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
    state,
    store,
    failures,
    browser: (cookie?: string) => browser(url, cookie),
    /** Holds requests of `/slow` until the function that it resolves with is called. */
    holdSlow: () => {
      let resume = (): void => undefined
      proceed = new Promise((resolve) => (resume = resolve))
      return { inside: new Promise<void>((resolve) => (entered = resolve)), proceed: () => resume() }
    },
  }
}

test('a visitor is recognised, and another one is another', async () => {
  const { browser } = await application()
  const [one, other] = [browser(), browser()]
  expect(await one.get('/count')).toMatchObject({ body: { seen: 1, userId: null } })
  expect(await one.get('/count')).toMatchObject({ body: { seen: 2 } })
  expect(await other.get('/count')).toMatchObject({ body: { seen: 1 } })
  expect(await one.get('/look')).toMatchObject({ body: { seen: 2 } })
})

test('sessions of who signs in are listed, and ended from outside', async () => {
  const { browser, state } = await application()
  const [phone, laptop, visitor] = [browser(), browser(), browser()]
  await phone.get('/count')
  await visitor.get('/count')
  const before = phone.cookie
  await phone.post('/login/ann')
  await laptop.post('/login/ann')
  expect(phone.cookie).not.toBe(before)
  expect(await phone.get('/count')).toMatchObject({ body: { seen: 1, userId: 'ann' } })
  const ann = { userId: 'ann' }
  expect(await state.web.list(ann)).toHaveLength(2)
  expect(await state.web.revokeAll(ann)).toBe(2)
  for (const each of [phone, laptop])
    expect(await each.get('/look')).toMatchObject({ body: { seen: 0, userId: null } })
  expect(await visitor.get('/look')).toMatchObject({ body: { seen: 1 } })
})

test('who becomes somebody without another id is listed there, too', async () => {
  const { browser, state } = await application()
  const one = browser()
  await one.get('/count')
  await one.post('/become/ann')
  expect(await one.get('/count')).toMatchObject({ body: { seen: 2, userId: 'ann' } })
  expect(await state.web.list({ userId: 'ann' })).toHaveLength(1)
  await one.post('/become/bob')
  expect(await one.get('/look')).toMatchObject({ body: { seen: 2, userId: 'bob' } })
  expect(await state.web.list({ userId: 'ann' })).toEqual([])
  expect(await state.web.revokeAll({ userId: 'bob' })).toBe(1)
  expect(await one.get('/look')).toMatchObject({ body: { userId: null } })
})

test.each(['logout', 'revokeAll'] as const)(
  'a request that was under way does not bring back what %s has ended',
  async (how) => {
    const { browser, state, holdSlow } = await application()
    const one = browser()
    await one.post('/login/ann')
    const { inside, proceed } = holdSlow()
    const slow = one.get('/slow')
    await inside
    const tab = browser(one.cookie)
    if (how === 'logout') await tab.post('/logout')
    else await state.web.revokeAll({ userId: 'ann' })
    proceed()
    expect(await slow).toMatchObject({ status: 200, body: { userId: 'ann' } })
    expect(await browser(one.cookie).get('/look')).toMatchObject({ body: { userId: null, seen: 0 } })
    expect(await state.web.list({ userId: 'ann' })).toEqual([])
  },
)

test('a session that is too large fails its request, and what was stored stays', async () => {
  const { browser } = await application()
  const one = browser()
  await one.get('/count')
  expect(await one.get('/fill')).toMatchObject({ status: 500, body: { code: 'HF_VALUE_TOO_LARGE' } })
  expect(await one.get('/look')).toMatchObject({ body: { seen: 1 } })
})

test('over the limit it is 429 with Retry-After', async () => {
  const { browser } = await application()
  const one = browser()
  for (let n = 0; n < 3; n++) expect((await one.get('/limited/here')).status).toBe(200)
  const refused = await one.get('/limited/here')
  expect(refused).toMatchObject({ status: 429, body: { status: 429, code: 'RATE_LIMITED' } })
  expect(refused.headers.get('ratelimit-policy')).toBe('"requests";q=3;w=3600')
  expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=\d+$/)
  expect(refused.headers.get('content-type')).toContain('application/problem+json')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1_000)
  const there = await one.get('/limited/there')
  expect(there.status).toBe(200)
  expect(there.headers.get('ratelimit')).toMatch(/^"requests";r=2;/)
})

test('what was answered before the limiter was is an error of the request, and of nothing else', async () => {
  const { browser, failures } = await application()
  expect(await browser().get('/answered/here')).toMatchObject({ status: 200, body: { answered: true } })
  await eventually(() => failures.length > 0)
  expect(failures).toEqual(['ERR_HTTP_HEADERS_SENT'])
})

test('without Redis nobody is taken for a visitor: requests with a session fail, and work again when it is back', async () => {
  const redis = await privateRedis()
  onTestFinished(() => redis.stop())
  const { browser } = await application({ url: redis.url })
  const one = browser()
  await one.post('/login/ann')
  process.kill(redis.pid, 'SIGSTOP')
  const { status, body } = await one.get('/look')
  expect(status).toBe(500)
  expect((body as { code: string }).code).toMatch(/^HF_STORE_/)
  process.kill(redis.pid, 'SIGCONT')
  await eventually(async () => (await one.get('/look')).status === 200)
  expect(await one.get('/look')).toMatchObject({ body: { seen: 0, userId: 'ann' } })
})
