import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createClient } from '@redis/client'
import {
  ClosedError,
  type Duration,
  InvalidIdError,
  InvalidValueError,
  memoryStore,
  open,
  session,
  type StoreFactory,
  systemRandom,
  ValueTooLargeError,
} from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { freshRedis } from '../../servers/redis.ts'
import { stores } from '../../servers/stores.ts'

const Held = z.object({ role: z.string(), count: z.number().default(0) })
const login = session({
  key: 'session:{userId}',
  about: 'Who is signed in.',
  value: Held,
  idle: '30m',
  absolute: '12h',
  mostPerUser: 3,
  maxSize: '1kB',
})
const ann = { userId: 'ann' }
const bob = { userId: 'bob' }
const user = { role: 'user', count: 0 }

async function world(store: StoreFactory = memoryStore(), clock = virtualClock()) {
  const state = await open({ login }, { store, clock })
  onTestFinished(() => state.close())
  return { login: state.login, state, clock }
}

/** Lets others go on for so many steps. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

async function onStore(store: StoreFactory) {
  const state = await open({ login }, { store })
  onTestFinished(() => state.close())
  return state.login
}

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('a session is found by its id, and by nothing else', async () => {
    const login = await onStore(make())
    const begun = await login.create({ ...ann, email: 'no part of the id' } as typeof ann, user)
    expect(begun.id).toMatch(/^[\w-]{65}$/)
    expect(await login.get(begun.id)).toEqual({
      ...begun,
      user: ann,
      value: user,
      createdAt: expect.any(Date) as Date,
      lastUsedAt: expect.any(Date) as Date,
      expiresAt: expect.any(Date) as Date,
    })
    const other = await login.create(ann, user)
    const guess = begun.id.slice(0, 22) + other.id.slice(22, 64) + (other.id.endsWith('A') ? 'B' : 'A')
    for (const id of [guess, begun.id.slice(0, -1), `${begun.id}x`, begun.handle, '', 'x'.repeat(10_000)]) {
      expect(await login.get(id)).toBeNull()
      expect(await login.touch(id)).toBe(false)
      expect(await login.update(id, (value) => value)).toBeNull()
      expect(await login.rotate(id)).toBeNull()
      expect(await login.revoke(id)).toBe(false)
    }
    expect(await login.list(ann)).toHaveLength(2)
  })

  test('changes that are made at the same time are all made', async () => {
    const login = await onStore(make())
    const { id } = await login.create(ann, user)
    const count = (): Promise<unknown> => login.update(id, (value) => ({ ...value, count: value.count + 1 }))
    await Promise.all(Array.from({ length: 20 }, count))
    expect((await login.get(id))?.value.count).toBe(20)
  })

  test('a rotated id is dead, and the session lives on under the new one', async () => {
    const login = await onStore(make())
    const begun = await login.create(ann, user)
    const rotated = await login.rotate(begun.id, { value: { role: 'admin', count: 1 } })
    expect(rotated?.id).not.toBe(begun.id)
    expect(rotated).toMatchObject({ user: ann, value: { role: 'admin', count: 1 } })
    expect(await login.get(begun.id)).toBeNull()
    expect(await login.rotate(begun.id)).toBeNull()
    expect(await login.get(rotated?.id ?? '')).toMatchObject({ user: ann, value: { role: 'admin' } })
    expect(await login.list(ann)).toHaveLength(1)
  })

  test("nobody's session becomes somebody's by a rotation", async () => {
    const login = await onStore(make())
    const visitor = await login.create(null, { role: 'visitor', count: 7 })
    expect(visitor.user).toBeNull()
    const signedIn = await login.rotate(visitor.id, { user: ann })
    expect(signedIn).toMatchObject({ user: ann, value: { role: 'visitor', count: 7 } })
    expect(await login.get(visitor.id)).toBeNull()
    expect(await login.list(ann)).toMatchObject([{ handle: signedIn?.handle }])
  })

  test('a change that was made meanwhile is not lost by a rotation to somebody', async () => {
    const login = await onStore(make())
    for (let lead = 0; lead < 30; lead++) {
      const { id } = await login.create(null, user)
      const updating = login.update(id, (value) => ({ ...value, count: value.count + 1 }))
      await turns(lead)
      const [rotated, updated] = await Promise.all([login.rotate(id, { user: ann }), updating])
      expect(rotated?.value.count).toBe(updated ? 1 : 0)
    }
  })

  test('a rotation that is under way while everything is revoked leaves nothing behind', async () => {
    const login = await onStore(make())
    for (let lead = 0; lead < 30; lead++) {
      const { id } = await login.create(ann, user)
      const rotating = login.rotate(id, { user: ann })
      await turns(lead)
      await Promise.all([login.revokeAll(ann), rotating])
      expect(await login.list(ann)).toEqual([])
    }
  })

  test('a user may have any name that can be a parameter', async () => {
    const login = await onStore(make())
    const userId = 'one\u2028two\u2029three\nfour'
    const { id } = await login.create({ userId }, user)
    expect(await login.get(id)).toMatchObject({ user: { userId }, value: user })
  })

  test('sessions of a user are listed, and ended one by one or all but one', async () => {
    const login = await onStore(make())
    const [first, second, third] = [
      await login.create(ann, user),
      await login.create(ann, user),
      await login.create(ann, user),
    ]
    const ofBob = await login.create(bob, user)
    const listed = await login.list(ann)
    expect(listed.map(({ handle }) => handle).toSorted()).toEqual(
      [first, second, third].map(({ handle }) => handle).toSorted(),
    )
    expect(JSON.stringify(listed)).not.toContain(first.id)
    expect(await login.revokeListed(ann, ofBob.handle)).toBe(false)
    expect(await login.revokeListed(ann, 'nothing')).toBe(false)
    expect(await login.revokeListed(ann, second.handle)).toBe(true)
    expect(await login.get(second.id)).toBeNull()
    expect(await login.revokeAll(ann, { except: third.id })).toBe(1)
    expect(await login.get(first.id)).toBeNull()
    expect(await login.get(third.id)).not.toBeNull()
    // Somebody else's does not stay, and spares nothing.
    expect(await login.revokeAll(ann, { except: ofBob.id })).toBe(1)
    expect(await login.get(ofBob.id)).not.toBeNull()
    expect(await login.revoke(ofBob.id)).toBe(true)
    expect(await login.revoke(ofBob.id)).toBe(false)
    expect(await login.get(ofBob.id)).toBeNull()
  })

  test('whatever is under way while all are revoked, none is left', async () => {
    const login = await onStore(make())
    for (let round = 0; round < 10; round++) {
      const { id } = await login.create(ann, user)
      const under = [
        login.rotate(id),
        login.update(id, (value) => ({ ...value, count: 1 })),
        login.revokeAll(ann),
        login.rotate(id),
        login.touch(id),
      ]
      const [first, , , second] = await Promise.all(under)
      expect(await login.list(ann)).toEqual([])
      for (const each of [first, second])
        if (each && typeof each === 'object') expect(await login.get(each.id)).toBeNull()
    }
  })

  test('a user has so many: the one that was not used for the longest ends', async () => {
    const login = await onStore(make())
    const begun = []
    for (let n = 0; n < 5; n++) begun.push(await login.create(ann, user))
    expect(await login.list(ann)).toHaveLength(3)
    expect(await login.get(begun[4]?.id ?? '')).not.toBeNull()
  })

  test('the audit finds nothing to look into', async () => {
    const state = await open({ login }, { store: make() })
    onTestFinished(() => state.close())
    const { id } = await state.login.create(ann, user)
    await state.login.create(null, user)
    await state.login.rotate(id)
    expect(await state.audit()).toMatchObject({ isClean: true, keyspaces: { login: { keys: 2 } } })
  })
})

test('the store holds no id, and no user in its keys', async () => {
  const redis = freshRedis()
  const login = await onStore(redisStore(redis))
  const { id } = await login.create(ann, user)
  const rotated = await login.rotate((await login.create(ann, user)).id)
  const client = createClient({ url: redis.url })
  await client.connect()
  const [key, ...others] = await client.keys(`${redis.namespace}:session:*`)
  const held = JSON.stringify(await client.hGetAll(key ?? ''))
  await client.close()
  expect(others).toEqual([])
  expect(key).not.toContain('ann')
  for (const secret of [id, rotated?.id ?? 'none']) {
    expect(held).not.toContain(secret)
    expect(held).not.toContain(secret.slice(22))
  }
})

test('one ends when it was not used for as long as declared, and at its age', async () => {
  const { login, clock } = await world()
  const begun = await login.create(ann, user)
  const kept = await login.create(ann, user)
  await clock.advance(20 * 60_000)
  await login.touch(kept.id)
  const looked = await login.get(begun.id, { touch: false })
  expect(looked?.expiresAt).toEqual(begun.expiresAt)
  await clock.advance(10 * 60_000)
  expect(await login.get(begun.id)).toBeNull()
  for (let minutes = 30; minutes < 12 * 60; minutes += 10) {
    expect(await login.touch(kept.id)).toBe(true)
    await clock.advance(10 * 60_000)
  }
  expect(await login.get(kept.id)).toBeNull()
  expect(await login.list(ann)).toEqual([])
})

test('a rotation keeps the age, a sign-in begins anew', async () => {
  const { login, clock } = await world()
  const begun = await login.create(ann, user)
  await clock.advance(20 * 60_000)
  const rotated = await login.rotate(begun.id)
  expect(rotated?.createdAt).toEqual(begun.createdAt)
  await clock.advance(60_000)
  const signedIn = await login.rotate(rotated?.id ?? '', { user: ann })
  expect(signedIn?.createdAt.getTime()).toBe(begun.createdAt.getTime() + 21 * 60_000)
})

test('a session that is too large, or that its schema refuses, is not stored', async () => {
  const { login } = await world()
  const large = { role: 'x'.repeat(2_000), count: 0 }
  await expect(login.create(ann, large)).rejects.toThrow(ValueTooLargeError)
  await expect(login.create(ann, null as never)).rejects.toThrow(InvalidValueError)
  await expect(login.create({ userId: '' }, user)).rejects.toThrow(InvalidIdError)
  const { id } = await login.create(ann, user)
  await expect(login.update(id, () => large)).rejects.toThrow(ValueTooLargeError)
  await expect(login.rotate(id, { value: large })).rejects.toThrow(ValueTooLargeError)
  await expect(login.rotate(id, { user: bob, value: large })).rejects.toThrow(ValueTooLargeError)
  await expect(login.rotate(id, { user: { userId: '' } })).rejects.toThrow(InvalidIdError)
  expect(await login.get(id)).toMatchObject({ user: ann, value: user })
})

test('what a newer schema refuses is no session, and is told', async () => {
  const store = memoryStore()
  const { login, clock } = await world(store)
  const { id } = await login.create(ann, user)
  const strict = session({
    key: 'session:{userId}',
    about: 'Newer.',
    value: z.object({ level: z.number() }),
    idle: '30m',
    absolute: '12h',
    version: 2,
  })
  const newer = await open({ login: strict }, { store, clock })
  const told: unknown[] = []
  const listen = (message: unknown): void => void told.push(message)
  subscribe('holdfast:bad-entry', listen)
  expect(await newer.login.get(id)).toBeNull()
  expect(await newer.login.list(ann)).toEqual([])
  unsubscribe('holdfast:bad-entry', listen)
  expect(told).toMatchObject([
    { keyspace: 'login', problem: expect.stringContaining('level') as string },
    { keyspace: 'login' },
  ])
  await newer.close()
})

test('after close there are no sessions', async () => {
  const { login, state } = await world()
  const { id } = await login.create(ann, user)
  await state.close()
  await expect(login.get(id)).rejects.toThrow(ClosedError)
  await expect(login.get('no id')).rejects.toThrow(ClosedError)
  await expect(login.create(null, user)).rejects.toThrow(ClosedError)
})

test('ids come from the randomness that was given', async () => {
  let count = 0
  const secret = (): string => String(count++).padStart(43, '0')
  const state = await open({ login }, { random: { ...systemRandom, secret } })
  onTestFinished(() => state.close())
  const { id } = await state.login.create(ann, user)
  expect(id.slice(22)).toBe('0'.repeat(43))
})

test.each<[string, object]>([
  ['key', { key: 'session' }],
  ['idle', { idle: '13h' }],
  ['idle', { idle: '10ms' as Duration }],
  ['absolute', { absolute: 'long' }],
  ['mostPerUser', { mostPerUser: 0 }],
  ['maxSize', { maxSize: '2MB' }],
  ['version', { version: 0 }],
  ['value', { value: {} }],
  ['ttl', { ttl: '1h' }],
])('a declaration with a wrong %s is refused', (field, wrong) => {
  const spec = { key: 'session:{userId}', about: 'x', value: Held, idle: '30m', absolute: '12h' } as const
  expect(() => session({ ...spec, ...wrong })).toThrow(
    expect.objectContaining({ code: 'HF_DECLARATION', field: expect.stringContaining(field) as string }),
  )
})
