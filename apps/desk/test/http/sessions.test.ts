import { type Clock, memoryStore, type StoreFactory, systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { privateRedis } from '../../../../test/servers/redis.ts'
import { claimsOf, signToken } from '../jwt.ts'
import { openTestDesk, SECRET, type TestDesk, useDatabase } from '../test-desk.ts'
import { clientOf } from '../ws/client.ts'
import { problemIn, refusal } from './problem.ts'

const database = useDatabase()
let people = 0

interface Person {
  readonly id: string
  readonly email: string
}

async function openDesk(options: { clock?: Clock; store?: StoreFactory } = {}) {
  const { clock = virtualClock(), store = memoryStore() } = options
  const desk = await openTestDesk({ database: database.open, clock, store })
  onTestFinished(() => desk.close())
  const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, token?: string, payload?: object) =>
    desk.app.inject({
      method,
      url: `/api/v1/auth/${path}`,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(payload && { payload }),
    })
  return { desk, clock, ask, signIn: (person: Person, device: string) => signIn(desk, clock, person, device) }
}

/** As signing in does, without the cost of a password. */
async function signIn(desk: TestDesk, clock: Clock, { id, email }: Person, device: string): Promise<string> {
  const { id: sid } = await desk.state.login.create({ userId: id }, { device, address: '203.0.113.7' })
  const seconds = Math.floor(clock.wall() / 1_000)
  return signToken({ sub: id, email, sid, iat: seconds, exp: seconds + 3_600 }, SECRET)
}

const credentials = () => ({ email: `person${people++}@example.com`, password: 'correct horse' })

test('who signs in is listed with the device, and signs out', async () => {
  const { desk, ask } = await openDesk()
  const mine = credentials()
  const url = '/api/v1/auth/register'
  const headers = { 'user-agent': `Phone ${'x'.repeat(500)}` }
  const registered = (await desk.app.inject({ method: 'POST', url, payload: mine, headers })).json()
  const again = (await ask('POST', 'login', undefined, mine)).json()
  expect(claimsOf(again.token)).not.toHaveProperty('jti')
  const { sessions } = (await ask('GET', 'sessions', again.token)).json()
  const seen = sessions.map((each: Record<string, unknown>) => [
    each['device'],
    each['address'],
    each['isThis'],
  ])
  expect(seen.toSorted()).toEqual([
    [headers['user-agent'].slice(0, 200), '127.0.0.1', false],
    ['lightMyRequest', '127.0.0.1', true],
  ])
  expect(JSON.stringify(sessions)).not.toContain((claimsOf(again.token) as { sid?: string }).sid)
  expect((await ask('POST', 'logout', registered.token)).statusCode).toBe(200)
  expect(refusal(await ask('GET', 'me', registered.token))).toBe('401 SESSION_ENDED')
  expect(refusal(await ask('POST', 'logout', registered.token))).toBe('401 SESSION_ENDED')
  expect((await ask('GET', 'me', again.token)).statusCode).toBe(200)
})

test('sessions are ended one by one, or all, or all but this one; those of others are not touched', async () => {
  const { desk, ask, signIn } = await openDesk()
  const [ann, bob] = [await desk.user(), await desk.user()]
  const [phone, laptop, tablet] = [
    await signIn(ann, 'phone'),
    await signIn(ann, 'laptop'),
    await signIn(ann, 'tablet'),
  ]
  const ofBob = await signIn(bob, 'phone')
  const handleOf = async (device: string, token: string): Promise<string> => {
    const { sessions } = (await ask('GET', 'sessions', token)).json()
    return sessions.find((each: { device: string }) => each.device === device).handle
  }
  const bobs = await handleOf('phone', ofBob)
  expect(refusal(await ask('DELETE', `sessions/${bobs}`, laptop))).toBe('404 UNKNOWN_SESSION')
  expect((await ask('DELETE', `sessions/${await handleOf('phone', laptop)}`, laptop)).statusCode).toBe(200)
  expect(refusal(await ask('GET', 'me', phone))).toBe('401 SESSION_ENDED')
  expect((await ask('POST', 'logout-everywhere', laptop, { keepThis: true })).json()).toEqual({ ended: 1 })
  expect(refusal(await ask('GET', 'me', tablet))).toBe('401 SESSION_ENDED')
  expect((await ask('POST', 'logout-everywhere', laptop, {})).json()).toEqual({ ended: 1 })
  expect(refusal(await ask('GET', 'me', laptop))).toBe('401 SESSION_ENDED')
  expect((await ask('GET', 'me', ofBob)).statusCode).toBe(200)
  // A program's token is no session.
  expect((await ask('GET', 'me', ann.token)).statusCode).toBe(200)
  expect((await ask('GET', 'sessions', ann.token)).json()).toEqual({ sessions: [] })
})

test('a token of somebody else with the session of another is refused', async () => {
  const { desk, ask, signIn } = await openDesk()
  const [ann, bob] = [await desk.user(), await desk.user()]
  const { sid } = claimsOf(await signIn(ann, 'phone')) as unknown as { sid: string }
  const { exp, iat } = claimsOf(ann.token)
  const forged = signToken({ sub: bob.id, email: bob.email, sid, exp, iat }, SECRET)
  expect(refusal(await ask('GET', 'me', forged))).toBe('401 SESSION_ENDED')
})

test('a program has a token of its own, which is revoked for good', async () => {
  const { desk, ask } = await openDesk()
  const [ann, bob] = [await desk.user(), await desk.user()]
  const made = await ask('POST', 'tokens', ann.token, { days: 30 })
  expect(made.statusCode).toBe(201)
  const { id, token, expiresAt } = made.json()
  expect(claimsOf(token)).toMatchObject({ sub: ann.id, jti: id })
  expect(Date.parse(expiresAt)).toBe(claimsOf(token).exp * 1_000)
  expect(claimsOf(token).exp - claimsOf(token).iat).toBe(30 * 86_400)
  expect((await ask('DELETE', `tokens/${id}`, bob.token)).statusCode).toBe(200)
  expect((await ask('GET', 'me', token)).statusCode).toBe(200)
  expect((await ask('DELETE', `tokens/${id}`, ann.token)).statusCode).toBe(200)
  expect(refusal(await ask('GET', 'me', token))).toBe('401 SESSION_ENDED')
  const other = (await ask('POST', 'tokens', ann.token, { days: 1 })).json()
  expect((await ask('POST', 'logout', other.token)).statusCode).toBe(200)
  expect(refusal(await ask('GET', 'me', other.token))).toBe('401 SESSION_ENDED')
  for (const days of [0, 366, 1.5])
    expect(refusal(await ask('POST', 'tokens', ann.token, { days }))).toBe('400 INVALID_REQUEST')
  for (let n = 3; n < 40; n++) await ask('POST', 'tokens', ann.token, { days: 1 })
  expect(refusal(await ask('POST', 'tokens', ann.token, { days: 1 }))).toBe('429 RATE_LIMITED')
})

test('five wrong passwords lock an address out, however many are tried at once', async () => {
  const clock = virtualClock()
  const { ask } = await openDesk({ clock })
  const mine = credentials()
  await ask('POST', 'register', undefined, mine)
  const guesses = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      ask('POST', 'login', undefined, { ...mine, password: `guess number ${n}` }),
    ),
  )
  const codes = guesses.map((answer) => problemIn(answer).code)
  expect(codes.filter((code) => code === 'WRONG_CREDENTIALS')).toHaveLength(5)
  expect(codes.filter((code) => code === 'LOCKED_OUT')).toHaveLength(3)
  const right = await ask('POST', 'login', undefined, mine)
  expect(refusal(right)).toBe('429 LOCKED_OUT')
  expect(right.headers['retry-after']).toBe('900')
  await clock.advance(900_000)
  expect((await ask('POST', 'login', undefined, mine)).statusCode).toBe(200)
})

describe('the stream', () => {
  test('ends when its session was ended, within seconds', async () => {
    const clock = virtualClock()
    const { desk, ask, signIn } = await openDesk({ clock })
    await desk.app.listen({ port: 0, host: '127.0.0.1' })
    const ann = await desk.user()
    const [phone, laptop] = [await signIn(ann, 'phone'), await signIn(ann, 'laptop')]
    const [ended, other] = [await clientOf(desk, phone), await clientOf(desk, laptop)]
    await ask('POST', 'logout', phone)
    await clock.advance(5_000)
    expect(await ended.closed).toBe(4401)
    await other.sync()
  })
})

test('without Redis who is signed in goes on, and who was signed out does not come back', async () => {
  const redis = await privateRedis()
  onTestFinished(() => redis.stop())
  const store = redisStore({ url: redis.url, commandTimeout: '300ms' })
  const { desk, ask, signIn } = await openDesk({ clock: systemClock, store })
  const ann = await desk.user()
  const [phone, laptop] = [await signIn(ann, 'phone'), await signIn(ann, 'laptop')]
  await ask('POST', 'logout', phone)
  process.kill(redis.pid, 'SIGKILL')
  await eventually(async () =>
    desk.state.ping().then(
      () => false,
      () => true,
    ),
  )
  expect((await ask('GET', 'me', laptop)).statusCode).toBe(200)
  expect((await ask('GET', 'me', ann.token)).statusCode).toBe(200)
  expect(refusal(await ask('GET', 'me', phone))).toBe('401 SESSION_ENDED')
  expect((await ask('POST', 'logout', laptop)).statusCode).toBe(200)
  expect(refusal(await ask('GET', 'me', laptop))).toBe('401 SESSION_ENDED')
})
