import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { sleep, systemClock } from 'holdfast'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../../../test/servers/postgres.ts'
import { privateRedis } from '../../../../test/servers/redis.ts'
import { redisStore } from 'holdfast/redis'
import { openDatabase, type OpenDatabase } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openTestDesk, SOL, type TestDesk, type TestUser, useDatabase } from '../test-desk.ts'
import { problemIn, refusal } from './problem.ts'

const database = useDatabase()

describe('a request that cannot be understood', () => {
  let desk: TestDesk
  let user: TestUser
  beforeAll(async () => {
    desk = await openTestDesk({ database: database.open })
    user = await desk.user()
  })
  afterAll(() => desk.close())

  const post = (payload: string | undefined, headers: object = { 'content-type': 'application/json' }) =>
    desk.app.inject({
      method: 'POST',
      url: '/api/v1/agents',
      headers: { ...user.headers, ...headers },
      ...(payload !== undefined && { payload }),
    })

  test('an unknown path', async () => {
    const { code, instance } = problemIn(await desk.app.inject({ url: '/api/v1/nothing?token=x' }))
    expect(code).toBe('NOT_FOUND')
    expect(instance).toBe('/api/v1/nothing')
  })

  test('a method that the path does not have', async () => {
    for (const method of ['DELETE', 'PUT', 'POST'] as const)
      expect(refusal(await desk.app.inject({ method, url: '/api/v1/prices' }))).toBe('404 NOT_FOUND')
  })

  test.each(['/api/v1/prices/solana/%E0%A4%A', '/%'])('a path that is none: %s', async (url) => {
    expect(refusal(await desk.app.inject({ url }))).toBe('400 MALFORMED_URL')
  })

  test.each(['{', '{"name":"x"', "{'name':'x'}", '\u0000', '{"name":undefined}'])(
    'malformed JSON: %j',
    async (payload) => {
      expect(refusal(await post(payload))).toBe('400 MALFORMED_JSON')
    },
  )

  test('JSON that means to change the prototype of objects', async () => {
    expect(refusal(await post('{"__proto__":{"name":"x"}}'))).toBe('400 MALFORMED_JSON')
  })

  test('an empty body, announced as JSON or not at all', async () => {
    expect(refusal(await post(undefined))).toBe('400 MALFORMED_JSON')
    expect(refusal(await post(undefined, {}))).toBe('400 INVALID_REQUEST')
  })

  test('a body of another type', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'x'])
      expect(refusal(await post('name=x', { 'content-type': type }))).toBe('415 UNSUPPORTED_MEDIA_TYPE')
  })

  test('a body that is too large', async () => {
    const payload = JSON.stringify({ name: 'x'.repeat(70_000) })
    expect(refusal(await post(payload))).toBe('413 BODY_TOO_LARGE')
  })

  test('a body of deep nesting costs an answer, not the process', async () => {
    expect(refusal(await post('['.repeat(60_000)))).toBe('400 MALFORMED_JSON')
    expect(refusal(await post(`${'['.repeat(30_000)}${']'.repeat(30_000)}`))).toBe('400 INVALID_REQUEST')
  })

  test('the stream, asked for without an upgrade', async () => {
    expect(refusal(await desk.app.inject({ url: '/api/v1/stream' }))).toBe('426 UPGRADE_REQUIRED')
  })

  describe('over a socket', () => {
    let port: number
    beforeAll(async () => {
      await desk.app.listen({ port: 0, host: '127.0.0.1' })
      port = (desk.app.server.address() as AddressInfo).port
    })

    /** What the server says to `request`, until it hangs up. */
    async function said(
      request: string,
    ): Promise<{ statusCode: number; headers: Record<string, string>; body: string }> {
      const socket = connect(port, '127.0.0.1')
      socket.write(request)
      const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
      const [first = '', ...lines] = head.split('\r\n')
      const headers = lines.map((line) => line.split(': ') as [string, string])
      return {
        statusCode: Number(first.split(' ')[1]),
        headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
        body,
      }
    }

    test('something that is not HTTP', async () => {
      expect(refusal(await said('hello desk\r\n\r\n'))).toBe('400 MALFORMED_REQUEST')
    })

    test('headers that are too large', async () => {
      const request = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`
      expect(refusal(await said(request))).toBe('431 HEADERS_TOO_LARGE')
    })

    test('a body longer than the limit is refused before it is sent', async () => {
      const head = `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`
      expect(refusal(await said(head))).toBe('413 BODY_TOO_LARGE')
    })

    test('a body of unknown length is cut off at the limit', async () => {
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
      const head = `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
      expect(refusal(await said(head + chunk.repeat(5)))).toBe('413 BODY_TOO_LARGE')
    })
  })
})

describe('a fault of ours', () => {
  let desk: TestDesk
  beforeEach(async () => {
    desk = await openTestDesk({ database: database.open })
  })
  afterEach(() => desk.close())

  test.each([new Error('secret words'), new TypeError('secret words'), 'secret words', { statusCode: 600 }])(
    'is said without details, and logged with them: %s',
    async (thrown) => {
      desk.app.get('/broken', async () => {
        throw thrown
      })
      const answer = await desk.app.inject({ url: '/broken' })
      expect(refusal(answer)).toBe('500 INTERNAL')
      expect(answer.body).not.toContain('secret words')
      const [line] = desk.logged.filter(({ level }) => level === 50)
      expect(line).toMatchObject({ msg: 'a request failed', url: '/broken' })
      if (thrown instanceof Error) expect(JSON.stringify(line)).toContain('secret words')
    },
  )

  test('a client that goes away before it has sent all is none', async () => {
    await desk.app.listen({ port: 0, host: '127.0.0.1' })
    const aborted = new Promise<void>((resolve) =>
      desk.app.server.once('request', ({ socket }: IncomingMessage) => socket.once('close', () => resolve())),
    )
    const socket = connect((desk.app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(
      'POST /api/v1/auth/login HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    )
    await once(desk.app.server, 'request')
    socket.destroy()
    await aborted
    await sleep(systemClock, 20)
    expect(desk.logged.filter(({ level }) => level >= 40)).toEqual([])
  })

  test('a value that does not have the promised form is one', async () => {
    await desk.state.price.set(SOL, { price: '1', eventTime: 1, seq: 1, change24h: null })
    desk.state.price.readMany = () => Promise.resolve([{ value: { price: 5 } }] as never)
    expect(refusal(await desk.app.inject({ url: `/api/v1/prices/solana/${SOL.asset}` }))).toBe('500 INTERNAL')
  })
})

describe('when something is down', () => {
  let redis: Awaited<ReturnType<typeof privateRedis>>
  let own: OpenDatabase
  let drop: () => Promise<void>
  let desk: TestDesk
  let user: TestUser
  beforeAll(async () => {
    redis = await privateRedis()
    const fresh = await freshDatabase()
    await migrate(fresh.url)
    own = await openDatabase(fresh.url, systemClock)
    drop = fresh.drop
    desk = await openTestDesk({ database: own, store: redisStore({ url: redis.url }) })
    user = await desk.user()
  })
  afterAll(async () => {
    await desk.close()
    await own.close()
    await redis.stop()
    await drop()
  })

  // In this order: first the store goes, then the database, too.
  test('without the store reads go on, and changes are refused as long as nothing was changed', async () => {
    const request = { url: '/api/v1/agents', headers: user.headers }
    await desk.source.trade(SOL, '148.25', 1)
    await redis.stop()
    expect((await desk.app.inject(request)).json()).toEqual({ agents: [] })
    const { code, detail } = problemIn(
      await desk.app.inject({ ...request, method: 'POST', payload: { name: 'Late' } }),
    )
    expect([code, detail]).toEqual(['HF_STORE_UNAVAILABLE', expect.stringMatching(/store does not answer/)])
    expect((await desk.app.inject(request)).json()).toEqual({ agents: [] })
    const price = await desk.app.inject({ url: `/api/v1/prices/solana/${SOL.asset}` })
    expect(price.json()).toMatchObject({ price: '148.25', tier: 'source' })
  })

  test('without the database what needs it says so', async () => {
    await drop()
    for (const url of ['/api/v1/agents', '/api/v1/auth/me']) {
      const answer = await desk.app.inject({ url, headers: user.headers })
      expect(refusal(answer)).toBe('503 DATABASE_UNAVAILABLE')
    }
    const payload = { email: 'late@example.com', password: 'correct horse' }
    const register = await desk.app.inject({ method: 'POST', url: '/api/v1/auth/register', payload })
    expect(refusal(register)).toBe('503 DATABASE_UNAVAILABLE')
    const log = JSON.stringify(desk.logged)
    expect(log).toContain('a request failed')
    // What could not be stored is no more for the log than what could.
    expect(log).not.toContain('scrypt')
    expect(log).not.toContain('late@example.com')
  })
})
