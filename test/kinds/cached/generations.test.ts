import { cached, memoryStore, open } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { redisStore } from 'holdfast/redis'
import { eventually } from '../../servers/eventually.ts'
import { freshRedis } from '../../servers/redis.ts'

// Tags, groups and clear: many entries invalidated by one command, on every node, whatever is under way.

/** What the source says; loads are counted, and can be held up. */
function world(makeStore: () => ReturnType<typeof memoryStore>) {
  const store = makeStore()
  let version = 1
  let loads = 0
  let gate: Promise<void> | undefined
  const token = cached({
    key: 'token:{userId}:{chain}:{asset}',
    about: 'What a user holds of an asset.',
    value: z.string(),
    ttl: '1h',
    l1: { max: 100 },
    groups: ['userId', 'chain'],
    tags: ({ asset }) => [`asset:${asset}`],
    load: async ({ asset }, _deps: unknown, { tag }) => {
      loads++
      const seen = version
      tag(`issuer:${asset === 'USDC' ? 'circle' : 'other'}`)
      await gate
      return `${asset} v${seen}`
    },
  })
  const price = cached({
    key: 'price:{asset}',
    about: 'Another keyspace with the same tags.',
    value: z.string(),
    ttl: '1h',
    l1: { max: 100 },
    tags: ({ asset }) => [`asset:${asset}`],
    load: ({ asset }) => `${asset} at ${version}`,
  })
  return {
    store,
    loads: () => loads,
    change: () => version++,
    /** Loads wait until the returned function is called. */
    holdUp(): () => void {
      let open = (): void => undefined
      gate = new Promise((resolve) => (open = resolve))
      return () => {
        gate = undefined
        open()
      }
    },
    node: () => open({ token, price }, { store }),
  }
}

const id = (userId: string, asset: string, chain = 'solana') => ({ userId, chain, asset })
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

describe.each([
  ['memory', () => memoryStore()],
  ['redis', () => redisStore(freshRedis())],
])('%s', (_name, makeStore) => {
  test('clear empties a keyspace on every node, and no other', async () => {
    const { node, change } = world(makeStore)
    const [a, b] = [await node(), await node()]
    for (const each of [a, b]) {
      await each.token.getMany([id('u', 'SOL'), id('v', 'SOL')])
      await each.price.get({ asset: 'SOL' })
    }
    change()
    await a.token.clear()
    expect(await a.token.getMany([id('u', 'SOL'), id('v', 'SOL')])).toEqual(['SOL v2', 'SOL v2'])
    await eventually(() => b.token.peek(id('u', 'SOL')) !== 'SOL v1')
    expect(await b.token.get(id('u', 'SOL'))).toBe('SOL v2')
    expect(await b.price.get({ asset: 'SOL' })).toBe('SOL at 1')
    await Promise.all([a.close(), b.close()])
  })

  test('a group is what begins with the same parameters', async () => {
    const { node, change } = world(makeStore)
    const a = await node()
    const ids = [id('u', 'SOL'), id('u', 'MON', 'monad'), id('v', 'SOL')]
    await a.token.getMany(ids)
    change()
    await a.token.clear({ userId: 'u', chain: 'monad' })
    expect(await a.token.getMany(ids)).toEqual(['SOL v1', 'MON v2', 'SOL v1'])
    change()
    await a.token.clear({ userId: 'u' })
    expect(await a.token.getMany(ids)).toEqual(['SOL v3', 'MON v3', 'SOL v1'])
    // @ts-expect-error -- no parameter of the key
    await expect(a.token.clear({ wallet: 'w' })).rejects.toThrow(/\{ wallet \} is no group/)
    await expect(a.token.clear({ chain: 'monad' })).rejects.toThrow(/\{ chain \} is no group/)
    await a.close()
  })

  test('a tag reaches every keyspace and node, also one that the loader gave', async () => {
    const { node, change } = world(makeStore)
    const [a, b] = [await node(), await node()]
    for (const each of [a, b]) {
      await each.token.getMany([id('u', 'SOL'), id('u', 'USDC')])
      await each.price.get({ asset: 'SOL' })
    }
    change()
    await b.invalidateTags(['asset:SOL', 'issuer:circle'])
    await eventually(() => a.token.peek(id('u', 'SOL')) === undefined)
    expect(await a.token.getMany([id('u', 'SOL'), id('u', 'USDC')])).toEqual(['SOL v2', 'USDC v2'])
    expect(await a.price.get({ asset: 'SOL' })).toBe('SOL at 2')
    expect(await b.token.getMany([id('u', 'SOL'), id('u', 'USDC')])).toEqual(['SOL v2', 'USDC v2'])
    await Promise.all([a.close(), b.close()])
  })

  test.each([
    ['clear', (state: Awaited<ReturnType<ReturnType<typeof world>['node']>>) => state.token.clear()],
    [
      'a group',
      (state: Awaited<ReturnType<ReturnType<typeof world>['node']>>) => state.token.clear({ userId: 'u' }),
    ],
    [
      'a tag',
      (state: Awaited<ReturnType<ReturnType<typeof world>['node']>>) => state.invalidateTags(['asset:SOL']),
    ],
    [
      'a tag that only the loader knows',
      (state: Awaited<ReturnType<ReturnType<typeof world>['node']>>) =>
        state.invalidateTags(['issuer:other']),
    ],
  ])('a load that %s overtook is stored nowhere', async (what, invalidate) => {
    const { node, change, holdUp, loads } = world(makeStore)
    const [a, b] = [await node(), await node()]
    await a.token.get(id('u', 'warm'))
    await b.token.get(id('v', 'warm'))
    const letGo = holdUp()
    const loading = a.token.get(id('u', 'SOL'))
    await eventually(() => loads() > 2)
    change()
    await invalidate(b)
    await settled()
    letGo()
    expect(await loading).toBe('SOL v1')
    // Not even written: the marks that stood before the load do not stand any more.
    if (what !== 'a tag that only the loader knows') expect(a.token.counts().refusedFills).toBe(1)
    expect(await a.token.get(id('u', 'SOL'))).toBe('SOL v2')
    expect(await b.token.get(id('u', 'SOL'))).toBe('SOL v2')
    await Promise.all([a.close(), b.close()])
  })

  test('a hit in memory asks nobody about its tags; the next one after a loss of the marks loads again', async () => {
    const { node, loads } = world(makeStore)
    const a = await node()
    await a.token.get(id('u', 'SOL'))
    await eventually(async () => (await a.token.read(id('u', 'SOL'))).tier === 'l1')
    expect(a.token.peek(id('u', 'SOL'))).toBe('SOL v1')
    const before = loads()
    await a.token.get(id('u', 'SOL'))
    expect(loads()).toBe(before)
    await a.close()
  })
})

test('a mark that was lost invalidates, and never brings an old value back', async () => {
  const clock = virtualClock()
  const store = memoryStore({ maxEntries: 4 })
  let version = 1
  const note = cached({
    key: 'note:{id}',
    about: 'Small store: marks are evicted like anything else.',
    value: z.string(),
    ttl: '1h',
    load: ({ id }) => `${id} v${version}`,
  })
  const state = await open({ note }, { store, clock })
  await state.note.get({ id: 'a' })
  version++
  await state.note.clear()
  for (const each of ['b', 'c', 'd', 'e', 'f']) await state.note.get({ id: each })
  const other = await open({ note }, { store, clock })
  expect(await other.note.get({ id: 'a' })).toBe('a v2')
  expect(await state.note.get({ id: 'f' })).toBe('f v2')
})

test('groups are declared with parameters of the key', () => {
  expect(() =>
    // @ts-expect-error -- no parameter of the key
    cached({ key: 'a:{id}', about: 'x', value: z.string(), ttl: '1m', groups: ['user'] }),
  ).toThrow(/groups: 'user' is none of the parameters/)
})
