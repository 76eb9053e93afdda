import {
  cached,
  DeclarationError,
  limiter,
  lock,
  open,
  type State,
  StoreUnavailableError,
  strong,
} from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { proxyTo } from '../servers/proxy.ts'
import { freshNamespace } from '../servers/redis.ts'

// Keys on three servers behave as keys on one. What a Cluster goes through is in `cluster-changes.test.ts`.

let source = new Map<string, string>()
let loads = 0
const price = cached({
  key: 'price:{asset}',
  about: 'Last price.',
  value: z.string(),
  ttl: '1m',
  l1: { max: 1_000 },
  tags: ({ asset }) => [asset.startsWith('A') ? 'a' : 'other'],
  loadMany: (ids) => {
    loads += ids.length
    return ids.map(({ asset }) => source.get(asset) ?? null)
  },
})
const holding = cached({
  key: 'holding:{user}:{asset}',
  about: 'All of a user in one slot.',
  value: z.string(),
  ttl: '1m',
  l1: { max: 1_000 },
  slot: 'user',
  groups: ['user'],
})
const stop = lock({ key: 'lock:{id}', about: 'One at a time.', lease: '10s' })
const calls = limiter({ key: 'calls:{user}', about: 'Calls.', rate: '2/1h', onStoreDown: 'deny' })
const keyspaces = { price, holding, stop, calls }

let namespace: string
const states: State<typeof keyspaces>[] = []
const node = async (): Promise<(typeof states)[number]> => {
  const state = await open(keyspaces, { store: redisStore({ cluster: inject('cluster'), namespace }) })
  states.push(state)
  return state
}
/** Enough to be on all three. */
const assets = Array.from({ length: 60 }, (_, index) => `${index % 2 ? 'A' : 'B'}${index}`)
const ids = assets.map((asset) => ({ asset }))

beforeAll(() => {
  namespace = freshNamespace()
})
afterEach(async () => {
  source = new Map()
  loads = 0
  namespace = freshNamespace()
  await Promise.all(states.splice(0).map((state) => state.close()))
})

test('getMany answers in the order of the ids, with one write to each primary', async () => {
  const writer = await node()
  for (const { asset } of ids) await writer.price.set({ asset }, `price of ${asset}`)
  const { nodes, password } = inject('cluster')
  const writes: string[] = []
  const proxies = await Promise.all(
    nodes.map(({ host, port }) =>
      proxyTo(`redis://${host}:${port}`, (data) => {
        if (data.includes('$3\r\nGET\r\n')) writes.push(`${port}`)
      }),
    ),
  )
  const addressMap = Object.fromEntries(
    nodes.map(({ host, port }, index) => [
      `${host}:${port}`,
      { host, port: Number(new URL(proxies[index]?.url ?? '').port) },
    ]),
  )
  const reader = await open(
    { price },
    { store: redisStore({ cluster: { nodes, password, addressMap }, namespace }) },
  )
  // The first read of a keyspace learns its generations.
  await reader.price.getMany(ids.slice(0, 2))
  writes.length = 0
  expect(await reader.price.getMany(ids)).toEqual(assets.map((asset) => `price of ${asset}`))
  expect(writes.toSorted()).toEqual(nodes.map(({ port }) => `${port}`).toSorted())
  writes.length = 0
  expect(await reader.price.getMany(ids)).toEqual(assets.map((asset) => `price of ${asset}`))
  expect(writes).toEqual([])
  await reader.close()
  for (const proxy of proxies) await proxy.close()
})

test('what one node sets or deletes, the memory of another follows, whatever the slot', async () => {
  const [a, b] = [await node(), await node()]
  for (const id of ids) {
    await a.price.set(id, 'old')
    // One that is still being told of the write does not keep what it reads.
    await eventually(async () => (await b.price.get(id)) === 'old' && b.price.peek(id) === 'old')
  }
  await Promise.all(ids.map((id) => a.price.set(id, 'new')))
  await eventually(() => ids.every((id) => b.price.peek(id) === undefined))
  expect(await b.price.getMany(ids)).toEqual(ids.map(() => 'new'))
  await a.price.deleteMany(ids.slice(0, 30))
  await eventually(() => ids.slice(0, 30).every((id) => b.price.peek(id) === undefined))
  expect(await b.price.getMany(ids)).toEqual(ids.map((_, index) => (index < 30 ? null : 'new')))
})

test('writes against cold reads leave nothing stale', async () => {
  const [a, b] = [await node(), await node()]
  for (let round = 0; round < 100; round++) {
    const id = { asset: `race${round}` }
    await a.price.set(id, 'old')
    await Promise.all([b.price.get(id), b.price.get(id), a.price.set(id, 'new'), b.price.get(id)])
    await eventually(async () => (await b.price.get(id)) === 'new')
  }
  for (let round = 0; round < 100; round++) expect(await b.price.get({ asset: `race${round}` })).toBe('new')
})

test('clear, groups and tags reach the entries of all slots', async () => {
  const [a, b] = [await node(), await node()]
  const fill = async (value: string): Promise<void> => {
    for (const id of ids) {
      source.set(id.asset, value)
      await a.price.set(id, value)
      // One that is still being told of the write does not keep what it reads.
      await eventually(async () => (await b.price.get(id)) === value && b.price.peek(id) === value)
    }
  }
  await fill('old')
  for (const { asset } of ids) source.set(asset, 'new')
  await a.invalidateTags(['a'])
  await eventually(() =>
    assets.every((asset) => (b.price.peek({ asset }) === undefined) === asset.startsWith('A')),
  )
  expect(await b.price.getMany(ids)).toEqual(assets.map((asset) => (asset.startsWith('A') ? 'new' : 'old')))
  expect(loads).toBe(30)
  await a.price.clear()
  await eventually(() => ids.every((id) => b.price.peek(id) === undefined))
  expect(await b.price.getMany(ids)).toEqual(ids.map(() => 'new'))

  for (const user of ['u', 'v']) for (const { asset } of ids) await a.holding.set({ user, asset }, '1')
  await a.holding.clear({ user: 'u' })
  await eventually(async () =>
    (await b.holding.getMany(ids.map(({ asset }) => ({ user: 'u', asset })))).every((held) => held === null),
  )
  expect(await b.holding.getMany(ids.map(({ asset }) => ({ user: 'v', asset })))).toEqual(ids.map(() => '1'))
})

test('locks and limits hold between nodes', async () => {
  const [a, b] = [await node(), await node()]
  for (const { asset } of ids.slice(0, 10)) {
    const id = { id: asset }
    await a.stop.run(id, async () => {
      await expect(b.stop.run(id, async () => 'ran')).rejects.toThrow(/held by somebody else/)
    })
    const taken = [
      await a.calls.take({ user: asset }),
      await b.calls.take({ user: asset }),
      await a.calls.take({ user: asset }),
    ]
    expect(taken.map(({ allowed }) => allowed)).toEqual([true, true, false])
  }
})

test('a strong keyspace is refused at open, with what to do', async () => {
  const balance = strong({ key: 'balance:{id}', about: 'Decides.', value: z.string(), load: async () => '1' })
  const truth = { transaction: async () => undefined } as never
  const opening = open({ balance }, { store: redisStore({ cluster: inject('cluster') }), truth })
  await expect(opening).rejects.toThrow(DeclarationError)
  await expect(opening).rejects.toThrow(
    /^redisStore\.cluster: cannot hold strong keyspaces: .*redisStore\.sentinel/,
  )
})

test('ping asks every primary', async () => {
  const state = await node()
  expect(await state.ping()).toBe('redis')
})

test('a Cluster that cannot be reached, or is none, is an error at open that names the setting', async () => {
  const nodes = [{ host: '127.0.0.1', port: 1 }]
  const opening = open({ price }, { store: redisStore({ cluster: { nodes }, connectTimeout: '300ms' }) })
  await expect(opening).rejects.toThrow(StoreUnavailableError)
  await expect(opening).rejects.toThrow(
    /cannot use the Redis Cluster at 127\.0\.0\.1:1 within 300 ms: .*ECONNREFUSED.*redisStore\.cluster/,
  )
  const alone = new URL(inject('redisUrl'))
  const store = redisStore({
    cluster: { nodes: [{ host: alone.hostname, port: Number(alone.port) }], password: alone.password },
    connectTimeout: '500ms',
  })
  await expect(open({ price }, { store })).rejects.toThrow(/cluster support disabled/)
  const wrong = redisStore({ cluster: { ...inject('cluster'), password: 'wrong' }, connectTimeout: '500ms' })
  await expect(open({ price }, { store: wrong })).rejects.toThrow(/WRONGPASS/)
})

afterAll(async () => {
  await Promise.all(states.map((state) => state.close()))
})
