import { sql } from 'drizzle-orm'
import { virtualClock } from 'holdfast/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claimsOf, signToken } from '../jwt.ts'
import { openTestDesk, SECRET, type TestDesk, useDatabase } from '../test-desk.ts'
import { problemIn, refusal } from './problem.ts'

const database = useDatabase()
const clock = virtualClock()
let desk: TestDesk
beforeAll(async () => {
  desk = await openTestDesk({ database: database.open, clock })
})
afterAll(() => desk.close())

const register = (payload: object) =>
  desk.app.inject({ method: 'POST', url: '/api/v1/auth/register', payload })
const login = (payload: object) => desk.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload })
const me = (authorization?: string) =>
  desk.app.inject({ url: '/api/v1/auth/me', headers: authorization === undefined ? {} : { authorization } })

describe('accounts', () => {
  test('register, sign in, and be known by the token', async () => {
    const registered = await register({ email: '  Ada@Example.COM ', password: 'correct horse' })
    expect(registered.statusCode).toBe(201)
    expect(registered.headers['cache-control']).toBe('no-store')
    const { token, expiresAt, user } = registered.json()
    expect(user).toEqual({ id: expect.any(String), email: 'ada@example.com' })
    expect(claimsOf(token)).toMatchObject({ sub: user.id, email: 'ada@example.com' })
    // The day when it says that it ends is the one when it ends.
    expect(Date.parse(expiresAt)).toBe(claimsOf(token).exp * 1_000)
    expect(Date.parse(expiresAt)).toBe(clock.wall() + 3_600_000)

    const again = await login({ email: 'ADA@example.com', password: 'correct horse' })
    expect(again.statusCode).toBe(200)
    expect(again.json().user).toEqual(user)
    expect((await me(`Bearer ${again.json().token}`)).json()).toEqual({ user })
  })

  test('an address has one account, whatever its case and the spaces around it', async () => {
    expect((await register({ email: 'bob@example.com', password: 'correct horse' })).statusCode).toBe(201)
    for (const email of ['bob@example.com', ' BOB@example.com'])
      expect(refusal(await register({ email, password: 'another password' }))).toBe('409 EMAIL_TAKEN')
  })

  test('two registrations of one address at once make one account', async () => {
    const both = await Promise.all(
      ['first password', 'second password'].map((password) =>
        register({ email: 'race@example.com', password }),
      ),
    )
    expect(both.map(({ statusCode }) => statusCode)).toEqual(expect.arrayContaining([201, 409]))
  })

  test('a wrong password and an unknown address get the same answer', async () => {
    await register({ email: 'carol@example.com', password: 'correct horse' })
    const wrong = await login({ email: 'carol@example.com', password: 'wrong horse' })
    const unknown = await login({ email: 'nobody@example.com', password: 'wrong horse' })
    expect(refusal(wrong)).toBe('401 WRONG_CREDENTIALS')
    expect(unknown.body).toBe(wrong.body)
  })

  test('one password, typed in two spellings of Unicode, is one password', async () => {
    await register({ email: 'dora@example.com', password: 'caf\u00e9 au lait' })
    expect((await login({ email: 'dora@example.com', password: 'cafe\u0301 au lait' })).statusCode).toBe(200)
  })

  test.each([
    [{ email: 'x@example.com', password: 'short' }, 'password', /8 characters/],
    [{ email: 'x@example.com', password: 'x'.repeat(257) }, 'password', /256 characters/],
    [{ email: 'not an address', password: 'correct horse' }, 'email', /e-mail/],
    [{ email: `${'x'.repeat(250)}@example.com`, password: 'correct horse' }, 'email', /254/],
    [{ password: 'correct horse' }, 'email', /./],
    [{ email: 'x@example.com', password: 12_345_678 }, 'password', /string/],
  ])('registration refuses %j and names the field', async (payload, field, message) => {
    const { errors, detail } = problemIn(await register(payload))
    expect(errors).toEqual([{ field, message: expect.stringMatching(message) }])
    expect(detail).toContain(field)
  })

  test('a field that the desk does not know is refused, not ignored', async () => {
    const answer = await register({ email: 'x@example.com', password: 'correct horse', role: 'admin' })
    expect(problemIn(answer).detail).toContain('role')
  })

  test('passwords are stored as scrypt hashes, and neither they nor the hashes are answered or logged', async () => {
    const payload = { email: 'eve@example.com', password: 'a very secret horse' }
    const answers = [await register(payload), await login(payload)]
    const { rows } = await database.open.db.execute<{ password_hash: string }>(
      sql`select password_hash from users where email = 'eve@example.com'`,
    )
    const hash = rows[0]?.password_hash ?? ''
    expect(hash).toMatch(/^scrypt\$131072\$8\$1\$[\w+/]{22}==\$[\w+/]{43}=$/)
    const said = JSON.stringify([answers.map(({ body }) => body), desk.logged])
    expect(said).not.toContain('a very secret horse')
    expect(said).not.toContain('scrypt')
  })
})

describe('tokens', () => {
  const hour = 3_600
  const seconds = () => Math.floor(clock.wall() / 1_000)
  const claims = (sub: string) => ({
    sub,
    email: 'x@example.com',
    jti: 'mine',
    iat: seconds(),
    exp: seconds() + hour,
  })

  test('a token ends with the second that it names', async () => {
    const { id } = await desk.user()
    const token = signToken(claims(id), SECRET)
    await clock.advance(hour * 1_000 - 1)
    expect((await me(`Bearer ${token}`)).statusCode).toBe(200)
    await clock.advance(1)
    expect(refusal(await me(`Bearer ${token}`))).toBe('401 TOKEN_EXPIRED')
  })

  test.each([
    ['of another secret', (id: string) => `Bearer ${signToken(claims(id), 'x'.repeat(40))}`],
    [
      'without a signature (alg none)',
      (id: string) =>
        `Bearer ${signToken(claims(id), SECRET, { alg: 'none', typ: 'JWT' }).replace(/[^.]+$/, '')}`,
    ],
    [
      'that claims alg none and is signed',
      (id: string) => `Bearer ${signToken(claims(id), SECRET, { alg: 'none' })}`,
    ],
    ['of another algorithm', (id: string) => `Bearer ${signToken(claims(id), SECRET, { alg: 'HS512' })}`],
    ['without an end', (id: string) => `Bearer ${signToken({ ...claims(id), exp: undefined }, SECRET)}`],
    [
      'whose end is a text',
      (id: string) => `Bearer ${signToken({ ...claims(id), exp: '9999999999' }, SECRET)}`,
    ],
    ['without a subject', () => `Bearer ${signToken({ ...claims(''), sub: undefined }, SECRET)}`],
    [
      'that belongs to no session and has no name',
      (id: string) => `Bearer ${signToken({ ...claims(id), jti: undefined }, SECRET)}`,
    ],
    ['of a session that is none', (id: string) => `Bearer ${signToken({ ...claims(id), sid: 7 }, SECRET)}`],
    [
      'with one byte changed',
      // Not the last character: of its six bits only four count.
      (id: string) =>
        `Bearer ${signToken(claims(id), SECRET).replace(/\.(.)(?=[^.]*$)/, (_, first) => (first === 'A' ? '.B' : '.A'))}`,
    ],
    ['that is garbage', () => 'Bearer garbage'],
    ['that is no token at all', () => 'Bearer '],
    ['of another scheme', (id: string) => `Basic ${signToken(claims(id), SECRET)}`],
  ])('a token %s is refused', async (_, make) => {
    const { id } = await desk.user()
    expect(refusal(await me(make(id)))).toBe('401 UNAUTHENTICATED')
  })

  test('no token is refused, and one in the query does not count', async () => {
    expect(refusal(await me())).toBe('401 UNAUTHENTICATED')
    const { token } = await desk.user()
    expect(refusal(await desk.app.inject({ url: `/api/v1/auth/me?token=${token}` }))).toBe(
      '401 UNAUTHENTICATED',
    )
  })

  test('the scheme is written in any case', async () => {
    const { token } = await desk.user()
    expect((await me(`bearer ${token}`)).statusCode).toBe(200)
  })

  test('the token of a deleted user is worth nothing', async () => {
    const { id, headers } = await desk.user()
    await database.open.db.execute(sql`delete from users where id = ${id}`)
    expect(refusal(await me(headers.authorization))).toBe('401 UNAUTHENTICATED')
    const make = await desk.app.inject({
      method: 'POST',
      url: '/api/v1/agents',
      headers,
      payload: { name: 'Ghost' },
    })
    expect(refusal(make)).toBe('401 UNAUTHENTICATED')
    expect((await desk.app.inject({ url: '/api/v1/agents', headers })).json()).toEqual({ agents: [] })
  })
})
