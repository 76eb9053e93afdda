import { createClient } from '@redis/client'
import {
  DeclarationError,
  InvalidValueError,
  memoryStore,
  open,
  record,
  type StoreFactory,
  VersionConflictError,
} from 'holdfast'
import { pgTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../servers/eventually.ts'
import { poolForTests } from '../../servers/postgres.ts'
import { freshRedis } from '../../servers/redis.ts'

// Records that are rows of a real PostgreSQL.

const settings = record({
  key: 'settings:{userId}',
  about: 'Settings that must not be lost.',
  value: z.object({
    slippage: z.object({ buy: z.string(), sell: z.string() }),
    limit: z.bigint(),
    notes: z.record(z.string(), z.string()),
  }),
  defaults: { slippage: { buy: '0.5', sell: '1' }, limit: 10n, notes: {} },
  on: 'truth',
})

const pool = await poolForTests()
let users = 0
const freshUser = (): { userId: string } => ({ userId: `u${users++}` })

async function node(store: StoreFactory) {
  const state = await open({ settings }, { store, truth: pgTruth(pool) })
  onTestFinished(() => state.close())
  return state
}

const stores: Readonly<Record<string, () => StoreFactory>> = {
  memory: () => memoryStore(),
  redis: () => redisStore(freshRedis()),
}

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('a change that has resolved is what every process reads next', async () => {
    const store = make()
    const [one, two] = [await node(store), await node(store)]
    const user = freshUser()
    expect(await two.settings.read(user)).toEqual({ value: await one.settings.get(user), version: 0 })
    for (let round = 0; round < 20; round++) {
      const [writer, reader] = round % 2 === 0 ? [one, two] : [two, one]
      const { version } = await writer.settings.update(user, { 'slippage.buy': String(round) })
      expect(await reader.settings.read(user)).toMatchObject({
        value: { slippage: { buy: String(round) } },
        version,
      })
    }
    await one.settings.reset(user)
    expect(await two.settings.read(user)).toMatchObject({ value: { slippage: { buy: '0.5' } }, version: 0 })
  })

  test('what two processes change at once in different fields is all there', async () => {
    const store = make()
    const [one, two] = [await node(store), await node(store)]
    const nodes = [one, two]
    const user = freshUser()
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : two).settings.update(user, { [`notes.n${index}`]: 'x' }),
      ),
    )
    await Promise.all(
      nodes.map((each) => each.settings.update(user, ({ limit }) => ({ limit: limit + 2n ** 60n }))),
    )
    const [value] = await one.settings.getMany([user])
    expect(Object.keys(value?.notes ?? {})).toHaveLength(20)
    expect(value?.limit).toBe(10n + 2n ** 61n)
  })

  test('with a version a change is made only if nobody was faster; versions grow over a reset', async () => {
    const { settings } = await node(make())
    const user = freshUser()
    const { version } = await settings.update(user, { limit: 1n }, { ifVersion: 0 })
    await expect(settings.update(user, { limit: 2n }, { ifVersion: 0 })).rejects.toThrow(VersionConflictError)
    await expect(settings.replace(user, await settings.get(user), { ifVersion: 1 })).rejects.toMatchObject({
      found: version,
    })
    await expect(settings.reset(user, { ifVersion: 1 })).rejects.toThrow(VersionConflictError)
    await settings.reset(user, { ifVersion: version })
    await settings.reset(user, { ifVersion: 0 })
    expect((await settings.update(user, { limit: 3n }, { ifVersion: 0 })).version).toBeGreaterThan(version)
    await expect(settings.update(user, { 'notes.a.b': 'x' })).rejects.toThrow(InvalidValueError)
  })
})

test('a Redis that lost its data loses no record, and reads are answered by it again', async () => {
  const { url, namespace } = freshRedis()
  const state = await node(redisStore({ url, namespace }))
  const user = freshUser()
  const before = await state.settings.update(user, { 'slippage.sell': '2', 'notes.nul': 'a\0b' })
  const client = await createClient({ url }).connect()
  onTestFinished(() => client.destroy())
  for await (const keys of client.scanIterator({ MATCH: `${namespace}:*` }))
    if (keys.length > 0) await client.del(keys)
  expect(await state.settings.read(user)).toEqual(before)
  await eventually(async () => {
    const hits = state.counts()['settings']
    expect(await state.settings.read(user)).toEqual(before)
    const after = state.counts()['settings']
    return (after?.l2Hits ?? 0) > (hits?.l2Hits ?? 0)
  })
  expect((await state.audit()).findings['settings']).toMatchObject({
    unknownFormat: { count: 0 },
    withoutTtl: { count: 0 },
  })
})

test('without a truth, or kept for good in the store, they cannot be', async () => {
  await expect(open({ settings } as never, {})).rejects.toThrow(
    /^settings: is record and stands on PostgreSQL/,
  )
  const spec = { key: 'a:{id}', about: 'x', value: z.object({}), defaults: {} } as const
  expect(() => record({ ...spec, on: 'truth', ttl: 'forever' as '1h' })).toThrow(DeclarationError)
  expect(() => record({ ...spec, on: 'disk' as 'truth' })).toThrow("record('a:{id}').on: is neither")
})
