import { open, RevocationUnknownError, session, type StoreFactory, systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../servers/eventually.ts'
import { freshRedis } from '../../servers/redis.ts'
import { topologies } from '../../servers/stores.ts'
import { mortalRedis, useTruth } from './truth.ts'

// Sessions that stay revoked, because PostgreSQL knows.

const spec = {
  about: 'Who is signed in.',
  value: z.object({ n: z.number() }),
  idle: '30m',
  absolute: '12h',
} as const
const login = session({ ...spec, key: 'session:{userId}', revocations: 'truth' })
/** The store alone knows what of these was revoked. */
const forgetful = session({ ...spec, key: 'forgetful:{userId}' })
const [ann, bob] = [{ userId: 'ann' }, { userId: 'bob' }]
const held = { n: 1 }

const { truth, rows, setDown } = useTruth()

async function node(store: StoreFactory) {
  const state = await open({ login }, { store, truth: truth() })
  onTestFinished(() => state.close())
  return state.login
}

test.each(Object.entries(topologies))('on %s all goes as without it', async (_name, make) => {
  const store = make()
  const [here, there] = [await node(store), await node(store)]
  const [a, b, c] = [await here.create(ann, held), await here.create(ann, held), await here.create(ann, held)]
  const other = await here.create(bob, held)
  const nobody = await here.create(null, held)
  expect(await there.revoke(a.id)).toBe(true)
  expect(await here.get(a.id)).toBeNull()
  expect(await here.revoke(a.id)).toBe(false)
  expect(await there.revokeListed(ann, b.handle)).toBe(true)
  const d = await there.create(ann, held)
  expect(await here.revokeAll(ann, { except: c.id })).toBe(1)
  expect(await there.get(d.id)).toBeNull()
  const rotated = await there.rotate(c.id)
  expect(await here.get(rotated?.id ?? '')).toMatchObject({ user: ann })
  expect(await here.list(ann)).toHaveLength(1)
  const again = await here.create(ann, held)
  expect(await there.get(again.id)).not.toBeNull()
  expect(await there.revokeAll(ann)).toBe(2)
  expect(await here.list(ann)).toEqual([])
  for (const { id } of [other, nobody]) expect(await there.get(id)).not.toBeNull()
  const id = 'an id of a framework'
  await here.named.put(id, null, held)
  await there.named.put(id, ann, { n: 2 })
  expect(await here.named.get(id)).toMatchObject({ user: ann, value: { n: 2 } })
  const [listed] = await here.list(ann)
  expect(await here.revokeAll(ann, { except: listed?.handle ?? '' })).toBe(0)
  expect(await there.named.get(id)).not.toBeNull()
  expect(await there.named.revoke(id)).toBe(true)
  expect(await here.named.get(id)).toBeNull()
  expect(await here.named.put(id, ann, held)).toBe(false)
})

test('what was revoked stays revoked when Redis comes back with older data, or with none', async () => {
  const redis = await mortalRedis()
  const store = redisStore({ url: redis.url, commandTimeout: '500ms' })
  const [here, there] = [await node(store), await node(store)]
  const [one, listed, kept] = [
    await here.create(ann, held),
    await here.create(ann, held),
    await here.create(ann, held),
  ]
  const [ofBob, again] = [await here.create(bob, held), await here.create(bob, held)]
  await here.named.put('an id of a framework', bob, held)
  const state = await open({ forgetful }, { store })
  onTestFinished(() => state.close())
  const revived = await state.forgetful.create(ann, held)
  await redis.snapshot()
  expect(await state.forgetful.revoke(revived.id)).toBe(true)
  expect(await here.revoke(one.id)).toBe(true)
  expect(await here.revokeListed(ann, listed.handle)).toBe(true)
  expect(await here.revokeAll(bob, { except: again.id })).toBe(2)
  const later = await here.create(bob, held)
  await redis.restart('old')
  await eventually(async () => (await state.forgetful.get(revived.id).catch(() => null)) !== null, 15_000)
  for (const login of [here, there]) {
    await eventually(async () => (await login.get(kept.id).catch(() => null)) !== null, 15_000)
    for (const { id } of [one, listed, ofBob]) {
      expect(await login.get(id)).toBeNull()
      expect(await login.touch(id)).toBe(false)
      expect(await login.update(id, (value) => value)).toBeNull()
      expect(await login.rotate(id)).toBeNull()
    }
    expect(await login.named.get('an id of a framework')).toBeNull()
    expect((await login.list(ann)).map(({ handle }) => handle)).toEqual([kept.handle])
    // What was spared then is as old as the others, as far as the snapshot knows; what came later, it does not know.
    for (const { id } of [again, later]) expect(await login.get(id)).toBeNull()
    expect(await login.list(bob)).toEqual([])
  }
  expect((await there.create(bob, held)).user).toEqual(bob)
  expect(await here.list(bob)).toHaveLength(1)
  await redis.restart('empty')
  await eventually(async () => (await there.list(ann).catch(() => [1])).length === 0, 15_000)
  for (const { id } of [one, listed, ofBob, kept]) expect(await there.get(id)).toBeNull()
})

test('it is revoked without Redis, too: the process that reaches it does not let in', async () => {
  const redis = await mortalRedis()
  const reaching = await node(redisStore({ url: redis.url }))
  // Another process, which is cut off from the Redis that holds the sessions.
  const dead = await mortalRedis()
  const cutOff = await node(redisStore({ url: dead.url, commandTimeout: '200ms' }))
  dead.kill()
  const [one, two] = [await reaching.create(ann, held), await reaching.create(bob, held)]
  const start = performance.now()
  expect(await Promise.all([cutOff.revoke(one.id), cutOff.revokeAll(bob)])).toEqual([true, 0])
  expect(performance.now() - start).toBeGreaterThan(1_000)
  for (const { id } of [one, two]) expect(await reaching.get(id)).toBeNull()
})

test('the truth says without Redis what was revoked', async () => {
  const redis = await mortalRedis()
  const here = await node(redisStore({ url: redis.url, commandTimeout: '200ms' }))
  const begunAt = new Date(systemClock.wall())
  const [one, two, ofBob] = [
    await here.create(ann, held),
    await here.create(ann, held),
    await here.create(bob, held),
  ]
  await here.revoke(one.id)
  await here.revokeAll(bob)
  redis.kill()
  expect(await here.isRevoked(one.id, begunAt)).toBe(true)
  expect(await here.isRevoked(two.id, begunAt)).toBe(false)
  expect(await here.isRevoked(ofBob.id, begunAt)).toBe(true)
  expect(await here.isRevoked(ofBob.id, new Date(systemClock.wall() + 120_000))).toBe(false)
  expect(await here.isRevoked('no id', begunAt)).toBe(true)
  const state = await open({ forgetful })
  onTestFinished(() => state.close())
  const { id } = await state.forgetful.create(ann, held)
  await expect(state.forgetful.isRevoked(id, begunAt)).rejects.toThrow(/revocations: .*truth/)
})

test('while PostgreSQL does not answer nobody is let in, and nobody is told that he is out', async () => {
  const here = await node(redisStore(freshRedis()))
  const { id } = await here.create(ann, held)
  setDown(true)
  await eventually(async () => {
    try {
      await here.get(id)
      return false
    } catch (error) {
      return error instanceof RevocationUnknownError
    }
  })
  for (const call of [
    () => here.touch(id),
    () => here.list(ann),
    () => here.create(ann, held),
    () => here.revoke(id),
    () => here.revokeAll(ann),
  ])
    await expect(call()).rejects.toThrow(RevocationUnknownError)
  setDown(false)
  await eventually(async () => (await here.list(ann)).length >= 0)
})

test('ids that were never begun leave no row', async () => {
  const here = await node(redisStore(freshRedis()))
  const before = (await rows()).length
  const { id } = await here.create(ann, held)
  const guess = id.slice(0, -4) + (id.endsWith('AAAA') ? 'BBBB' : 'AAAA')
  expect(await here.revoke(guess)).toBe(false)
  expect(await here.revokeListed(ann, 'x'.repeat(43))).toBe(false)
  expect(await here.named.revoke('an id of a framework')).toBe(false)
  expect(await rows()).toHaveLength(before)
  await here.revoke(id)
  await here.revoke(id)
  expect(await rows()).toHaveLength(before + 1)
  expect(JSON.stringify(await rows())).not.toContain(id.slice(22))
})

test('without a truth it is refused', async () => {
  await expect(open({ login })).rejects.toThrow(/give open a truth/)
})
