import { createClient } from '@redis/client'
import { cached, open, type State } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { freshRedis } from '../servers/redis.ts'

// What only a real Redis can show: what is sent, and that others' changes are followed.

let source = new Map<string, string>()
let loads = 0
const price = cached({
  key: 'price:{asset}',
  about: 'Last price.',
  value: z.string(),
  ttl: '1m',
  l1: { max: 1_000 },
  loadMany: (ids) => {
    loads += ids.length
    return ids.map(({ asset }) => source.get(asset) ?? null)
  },
})
const plain = cached({ key: 'plain:{id}', about: 'Without an L1.', value: z.string(), ttl: '1m' })

const sol = { asset: 'SOL' }
let server: ReturnType<typeof freshRedis>
let cli: ReturnType<typeof createClient>
let states: State<{ price: typeof price; plain: typeof plain }>[]
const node = async (): Promise<(typeof states)[number]> => {
  const state = await open({ price, plain }, { store: redisStore(server) })
  states.push(state)
  return state
}

beforeEach(async () => {
  source = new Map()
  loads = 0
  states = []
  server = freshRedis()
  cli = createClient({ url: server.url })
  await cli.connect()
})
afterEach(async () => {
  await Promise.all(states.map((state) => state.close()))
  cli.destroy()
})

/** The commands that Redis saw of our namespace while `work` ran. */
async function commandsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  const monitor = cli.duplicate()
  await monitor.connect()
  await monitor.monitor((line) => void seen.push(line))
  await work()
  await cli.get('the end')
  await eventually(() => seen.some((line) => line.includes('the end')))
  monitor.destroy()
  return seen.flatMap((line) => {
    const command = /\] "(\w+)"/.exec(line)?.[1]?.toUpperCase()
    return command !== undefined && line.includes(`${server.namespace}:`) ? [command] : []
  })
}

test('a read of the store is one GET or one MGET; a hit in memory sends nothing', async () => {
  const [writer, reader] = [await node(), await node()]
  for (const asset of ['A', 'B', 'C', 'SOL']) await writer.price.set({ asset }, `price of ${asset}`)
  // The first read of a keyspace learns its generation.
  await reader.price.get({ asset: 'A' })
  expect(await commandsDuring(() => reader.price.get(sol))).toEqual(['GET'])
  expect(await commandsDuring(() => reader.price.get(sol))).toEqual([])
  expect(
    await commandsDuring(() => reader.price.getMany(['A', 'B', 'C', 'SOL'].map((asset) => ({ asset })))),
  ).toEqual(['MGET'])
  expect(
    await commandsDuring(() => reader.price.getMany(['A', 'B', 'C', 'SOL'].map((asset) => ({ asset })))),
  ).toEqual([])
  expect(await commandsDuring(() => writer.price.get(sol))).toEqual([])
})

test('what redis-cli sets or deletes, memory follows', async () => {
  const { price } = await node()
  await price.set(sol, 'old')
  expect(price.peek(sol)).toBe('old')
  const key = `${server.namespace}:price:SOL`
  const stored = (await cli.get(key)) ?? ''
  await cli.set(key, stored.replace('"old"', '"new"'), { expiration: 'KEEPTTL' })
  await eventually(() => price.peek(sol) === undefined)
  expect(await price.get(sol)).toBe('new')
  expect(price.peek(sol)).toBe('new')
  source.set('SOL', 'loaded')
  await cli.del(key)
  await eventually(() => price.peek(sol) === undefined)
  expect(await price.get(sol)).toBe('loaded')
})

test('a load that redis-cli overtook by a set or a delete does not bring back the old value', async () => {
  const slow = cached({
    key: 'slow:{id}',
    about: 'Changed while it loads.',
    value: z.string(),
    ttl: '1m',
    l1: { max: 10 },
    load: async ({ id }) => {
      if (id === 'set') await cli.set(`${server.namespace}:slow:set`, 'V1 cli 1 60000 j 1\n"by hand"')
      else await cli.del(`${server.namespace}:slow:delete`)
      return 'read before that'
    },
  })
  const state = await open({ slow }, { store: redisStore(server) })
  expect(await state.slow.get({ id: 'set' })).toBe('read before that')
  expect(await cli.get(`${server.namespace}:slow:set`)).toContain('"by hand"')
  await state.slow.set({ id: 'delete' }, 'old')
  expect(await state.slow.get({ id: 'delete' }, { maxAge: '1ms' }).catch(() => 'too old')).toBeDefined()
  expect(state.slow.counts().refusedFills).toBeGreaterThanOrEqual(1)
  await state.close()
})

test('what is no entry is a miss, and is replaced', async () => {
  const { price } = await node()
  source.set('SOL', 'loaded')
  for (const garbage of ['hello', '', 'V1', 'V1 x', '{}']) {
    await cli.set(`${server.namespace}:price:SOL`, garbage)
    await eventually(() => price.peek(sol) === undefined)
    expect(await price.get(sol)).toBe('loaded')
  }
  expect(price.counts().badEntries).toBe(5)
  expect(await cli.get(`${server.namespace}:price:SOL`)).toMatch(/^V1 .*\n"loaded"$/)
})

test('a key of another type is a failure of the store; the loader answers', async () => {
  const { price } = await node()
  source.set('SOL', 'loaded')
  await price.get({ asset: 'OTHER' })
  await cli.lPush(`${server.namespace}:price:SOL`, 'x')
  expect(await price.get(sol)).toBe('loaded')
  expect(price.counts().storeFailures).toBeGreaterThan(0)
})

test('writes against cold reads leave nothing stale', async () => {
  const [a, b] = [await node(), await node()]
  for (let round = 0; round < 300; round++) {
    const id = { asset: `race${round}` }
    await a.price.set(id, 'old')
    const reads = [b.price.get(id), b.price.get(id)]
    const write = a.price.set(id, 'new')
    await Promise.all([...reads, write, b.price.get(id)])
    await eventually(async () => (await b.price.get(id)) === 'new')
  }
  for (let round = 0; round < 300; round++) expect(await b.price.get({ asset: `race${round}` })).toBe('new')
})

test('deletes against loads in flight leave nothing stale', async () => {
  const [a, b] = [await node(), await node()]
  for (let round = 0; round < 300; round++) {
    const id = { asset: `load${round}` }
    source.set(id.asset, 'old')
    const reads = [a.price.get(id), b.price.get(id)]
    source.set(id.asset, 'new')
    const removal = b.price.delete(id)
    await Promise.all([...reads, removal])
    expect(await b.price.get(id)).toBe('new')
    await eventually(async () => (await a.price.get(id)) === 'new')
  }
})

test('a keyspace without an L1 is not tracked, and is right all the same', async () => {
  const [a, b] = [await node(), await node()]
  await a.plain.set({ id: '1' }, 'old')
  expect(await b.plain.get({ id: '1' })).toBe('old')
  expect(b.plain.peek({ id: '1' })).toBeUndefined()
  await a.plain.set({ id: '1' }, 'new')
  expect(await b.plain.get({ id: '1' })).toBe('new')
})
