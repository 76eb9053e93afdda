import { InvalidIdError, open, session, type StoreFactory } from 'holdfast'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { stores } from '../../servers/stores.ts'

// Sessions whose ids are made by somebody else.

const web = session({
  key: 'session:{userId}',
  about: 'Sessions of a framework.',
  value: z.object({ n: z.number() }),
  idle: '30m',
  absolute: '12h',
})
const [ann, bob] = [{ userId: 'ann' }, { userId: 'bob' }]
let ids = 0
const freshId = (): string => `an id of a framework ${ids++}`

async function node(store: StoreFactory) {
  const state = await open({ web }, { store })
  onTestFinished(() => state.close())
  return state.web
}

/** Two processes on one store: what one remembers may be out of date. */
async function two(make: () => StoreFactory) {
  const store = make()
  return [await node(store), await node(store)] as const
}

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test("nobody's becomes somebody's, and then somebody else's, under one id", async () => {
    const [here, there] = await two(make)
    const id = freshId()
    expect(await here.named.get(id)).toBeNull()
    let n = 0
    for (const user of [null, ann, ann, null, bob, ann]) {
      // Both know where it was before.
      const value = { n: n++ }
      expect(await (n % 2 ? here : there).named.put(id, user, value)).toBe(true)
      for (const each of [there, here]) expect(await each.named.get(id)).toMatchObject({ user, value })
      for (const known of [ann, bob])
        expect((await here.list(known)).length).toBe(user?.userId === known.userId ? 1 : 0)
    }
  })

  test.each([
    ['nobody', null],
    ['somebody', ann],
  ])('one of %s that has ended is not begun again', async (_of, user) => {
    const [here, there] = await two(make)
    const id = freshId()
    await here.named.put(id, user, { n: 1 })
    await there.named.get(id)
    expect(await there.named.revoke(id)).toBe(true)
    expect(await there.named.revoke(id)).toBe(false)
    for (const each of [here, there])
      for (const next of [user, ann, bob, null]) {
        expect(await each.named.put(id, next, { n: 2 })).toBe(false)
        expect(await each.named.get(id)).toBeNull()
      }
    expect([...(await here.list(ann)), ...(await here.list(bob))]).toEqual([])
  })

  test('one that was ended with all of its user, or by its handle, is not begun again', async () => {
    const [here, there] = await two(make)
    const [one, other] = [freshId(), freshId()]
    for (const id of [one, other]) {
      await here.named.put(id, ann, { n: 1 })
      await there.named.get(id)
    }
    const [listed] = await there.list(ann)
    expect(await there.revokeListed(ann, listed?.handle ?? '')).toBe(true)
    expect(await there.revokeAll(ann)).toBe(1)
    for (const id of [one, other])
      for (const each of [here, there]) {
        expect(await each.named.put(id, ann, { n: 2 })).toBe(false)
        expect(await each.named.put(id, null, { n: 2 })).toBe(false)
        expect(await each.named.get(id)).toBeNull()
      }
  })

  test('whoever puts while it is ended, it has ended', async () => {
    const [here, there] = await two(make)
    for (let round = 0; round < 10; round++) {
      const id = freshId()
      await here.named.put(id, round % 2 ? ann : null, { n: 1 })
      await Promise.all([
        here.named.put(id, ann, { n: 2 }),
        there.named.put(id, bob, { n: 3 }),
        there.named.revoke(id),
        here.named.put(id, null, { n: 4 }),
      ])
      // A revocation that came before the first of them was put has found nothing: this one has all.
      await there.named.revoke(id)
      for (const each of [here, there]) expect(await each.named.get(id)).toBeNull()
    }
  })

  test('ending one that is not there leaves nothing behind', async () => {
    const [here] = await two(make)
    const id = freshId()
    expect(await here.named.revoke(id)).toBe(false)
    expect(await here.named.put(id, null, { n: 1 })).toBe(true)
  })
})

test.each(['', 'short', 'x'.repeat(257), 7 as never])('%s is no id', async (id) => {
  const web = await node((Object.values(stores)[0] as () => StoreFactory)())
  await expect(web.named.get(id)).rejects.toThrow(InvalidIdError)
  await expect(web.named.put(id, null, { n: 1 })).rejects.toThrow(InvalidIdError)
  await expect(web.named.revoke(id)).rejects.toThrow(InvalidIdError)
})
