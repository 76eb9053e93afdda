import { cached, lock, open, type State, StoreTimeoutError, StoreUnavailableError } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type ClusterNode, startCluster, type TestCluster } from '../servers/cluster.ts'
import { eventually } from '../servers/eventually.ts'

// Slots that move, nodes that fail, hang, are replaced and come back. Nothing hangs, nothing is served that others
// have changed, and all recovers by itself.

const COMMAND_TIMEOUT_MS = 500

const price = cached({
  key: 'price:{asset}',
  about: 'Last price.',
  value: z.string(),
  ttl: '10m',
  l1: { max: 1_000 },
  load: ({ asset }) => `loaded ${asset}`,
})
const stop = lock({ key: 'lock:{id}', about: 'One at a time.', lease: '10s' })
const assets = Array.from({ length: 30 }, (_, index) => `A${index}`)
const ids = assets.map((asset) => ({ asset }))

let cluster: TestCluster
const states: State<{ price: typeof price; stop: typeof stop }>[] = []
const node = async (): Promise<(typeof states)[number]> => {
  const store = redisStore({ cluster: cluster.options, commandTimeout: `${COMMAND_TIMEOUT_MS}ms` })
  const state = await open({ price, stop }, { store })
  states.push(state)
  return state
}
const redisKey = (asset: string): string => `holdfast:price:${asset}`
/** Those of `assets` that `owner` has. */
async function assetsOf(owner: ClusterNode): Promise<string[]> {
  const owners = await Promise.all(assets.map((asset) => cluster.ownerOf(redisKey(asset))))
  return assets.filter((_, index) => owners[index] === owner)
}
const held = async (state: (typeof states)[number], asset: string, value: string): Promise<void> =>
  eventually(
    async () => (await state.price.get({ asset })) === value && state.price.peek({ asset }) === value,
    10_000,
  )
const succeeds = (call: () => Promise<unknown>, limitMs = 15_000): Promise<void> =>
  eventually(
    () =>
      call().then(
        () => true,
        () => false,
      ),
    limitMs,
  )
/** How long a call took, and what became of it. */
async function timed(call: Promise<unknown>): Promise<{ ms: number; error: unknown }> {
  const startedMs = performance.now()
  const error: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  return { ms: performance.now() - startedMs, error }
}

beforeAll(async () => {
  cluster = await startCluster()
  await cluster.whole()
})
afterEach(async () => {
  await Promise.all(states.splice(0).map((state) => state.close()))
})
afterAll(() => cluster.stop())

/** Moves the slot of `key` as operators do; `midway` runs when its keys are on their way, and may move some. */
async function moveSlot(
  key: string,
  to: ClusterNode,
  midway: (migrate: (...keys: string[]) => Promise<unknown>) => Promise<void> = async () => undefined,
): Promise<void> {
  const from = await cluster.ownerOf(key)
  const slot = String(await from.cli.sendCommand<number>(['CLUSTER', 'KEYSLOT', key]))
  const migrate = (...keys: string[]): Promise<unknown> => {
    const auth = ['AUTH', cluster.options.password]
    return from.cli.sendCommand([
      'MIGRATE',
      to.host,
      String(to.port),
      '',
      '0',
      '5000',
      ...auth,
      'KEYS',
      ...keys,
    ])
  }
  await to.cli.sendCommand(['CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id])
  await from.cli.sendCommand(['CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id])
  await midway(migrate)
  const rest = await from.cli.sendCommand<string[]>(['CLUSTER', 'GETKEYSINSLOT', slot, '1000'])
  if (rest.length > 0) await migrate(...rest)
  for (const one of [to, from]) await one.cli.sendCommand(['CLUSTER', 'SETSLOT', slot, 'NODE', to.id])
}

async function otherThan(owner: ClusterNode): Promise<ClusterNode> {
  return cluster.nodes.find((one) => one !== owner) as ClusterNode
}

test('a slot that moved is followed, and memory stays right', async () => {
  const [a, b] = [await node(), await node()]
  await a.price.set({ asset: 'A0' }, 'old')
  await held(b, 'A0', 'old')
  await moveSlot(redisKey('A0'), await otherThan(await cluster.ownerOf(redisKey('A0'))))
  await a.price.set({ asset: 'A0' }, 'new')
  await eventually(() => b.price.peek({ asset: 'A0' }) !== 'old')
  expect(await b.price.get({ asset: 'A0' })).toBe('new')
  await held(b, 'A0', 'new')
  await a.price.set({ asset: 'A0' }, 'newer')
  await eventually(() => b.price.peek({ asset: 'A0' }) !== 'new')
  expect(await b.price.get({ asset: 'A0' })).toBe('newer')
})

test('while a slot moves, what has moved is read and written where it is', async () => {
  const many = cached({
    key: 'many:{group}:{id}',
    about: 'Several in one slot.',
    value: z.string(),
    ttl: '10m',
    slot: 'group',
    l1: { max: 100 },
    load: ({ id }) => `loaded ${id}`,
  })
  const [c, d] = await Promise.all(
    [0, 1].map(() => open({ many }, { store: redisStore({ cluster: cluster.options }) })),
  )
  if (!c || !d) throw new Error('not opened')
  let written: Promise<unknown> | undefined
  for (const id of ['stays', 'moved']) await c.many.set({ group: 'g', id }, id)
  const key = 'holdfast:many:{g}:moved'
  await moveSlot(key, await otherThan(await cluster.ownerOf(key)), async (migrate) => {
    await migrate(key)
    expect(await d.many.get({ group: 'g', id: 'stays' })).toBe('stays')
    // Absent on the old owner, which sends each reader on.
    expect(await d.many.get({ group: 'g', id: 'moved' })).toBe('moved')
    expect(d.many.peek({ group: 'g', id: 'moved' })).toBe('moved')
    // An entry and its ticket are not both at one place: nobody can write, and nobody is told that he did.
    const write = timed(c.many.set({ group: 'g', id: 'stays' }, 'x'))
    expect(await write).toMatchObject({ error: expect.any(StoreUnavailableError) as Error })
    expect((await write).ms).toBeLessThan(1_300)
    written = c.many.set({ group: 'g', id: 'moved' }, 'new')
  })
  // One that waited while the slot moved.
  await written
  await eventually(() => d.many.peek({ group: 'g', id: 'moved' }) !== 'moved')
  expect(await d.many.get({ group: 'g', id: 'moved' })).toBe('new')
  expect(await d.many.get({ group: 'g', id: 'stays' })).toBe('stays')
  expect(d.many.counts().storeFailures).toBe(0)
  await Promise.all([c.close(), d.close()])
})

test('a slot that was taken over without its keys: memory does not keep them', async () => {
  const [a, b] = [await node(), await node()]
  await a.price.set({ asset: 'A5' }, 'lost on the way')
  await held(b, 'A5', 'lost on the way')
  const from = await cluster.ownerOf(redisKey('A5'))
  const to = await otherThan(from)
  const slot = String(await from.cli.sendCommand<number>(['CLUSTER', 'KEYSLOT', redisKey('A5')]))
  await to.cli.sendCommand(['CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id])
  await to.cli.sendCommand(['CLUSTER', 'SETSLOT', slot, 'NODE', to.id])
  await eventually(() => b.price.peek({ asset: 'A5' }) === undefined)
  await cluster.whole()
  expect(await b.price.get({ asset: 'A5' })).toBe('loaded A5')
})

test('a connection to one primary that is cut: all of memory is forgotten, and filled again', async () => {
  const state = await node()
  for (const asset of assets) await state.price.set({ asset }, 'old')
  expect(assets.map((asset) => state.price.peek({ asset }))).toEqual(assets.map(() => 'old'))
  const owner = await cluster.ownerOf(redisKey('A6'))
  await owner.cli.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
  await eventually(() => assets.every((asset) => state.price.peek({ asset }) === undefined))
  for (const asset of assets) await held(state, asset, 'old')
})

test('a node that joined is followed before it has a slot', async () => {
  const [a, b] = [await node(), await node()]
  await a.price.set({ asset: 'A1' }, 'old')
  await held(b, 'A1', 'old')
  const joined = await cluster.add()
  await moveSlot(redisKey('A1'), joined)
  await a.price.set({ asset: 'A1' }, 'new')
  await eventually(() => b.price.peek({ asset: 'A1' }) !== 'old')
  expect(await b.price.get({ asset: 'A1' })).toBe('new')
})

test('a primary that is gone: its keys fail at once, with typed errors, until it is back', async () => {
  const state = await node()
  const owner = await cluster.ownerOf(redisKey('A2'))
  const [asset = ''] = await assetsOf(owner)
  await state.price.set({ asset }, 'old')
  expect(state.price.peek({ asset })).toBe('old')
  await owner.kill()
  // Memory is not told of changes any more.
  await eventually(() => state.price.peek({ asset }) === undefined)
  for (let round = 0; round < 30; round++) {
    const calls = await Promise.all([
      timed(state.price.set({ asset }, 'x')),
      timed(state.stop.run({ id: `${round}` }, async () => 'ran')),
      timed(state.price.get({ asset: `none${round}` })),
    ])
    for (const { ms } of calls) expect(ms).toBeLessThan(COMMAND_TIMEOUT_MS + 300)
    expect(calls[0]?.error).toBeInstanceOf(StoreUnavailableError)
    expect([undefined, StoreUnavailableError, StoreTimeoutError]).toContain(
      (calls[1]?.error as Error | undefined)?.constructor,
    )
    expect(calls[2]?.error).toBeUndefined()
  }
  // The last value that was known, or the loader's: never nothing.
  expect(await state.price.get({ asset })).toMatch(/^(old|loaded .*)$/)
  await owner.restart()
  await cluster.whole()
  await succeeds(() => state.price.set({ asset }, 'back'))
  await held(state, asset, 'back')
})

test('a primary that is replaced by its replica: nothing that it held is stale, and all goes on', async () => {
  const owner = await cluster.ownerOf(redisKey('A3'))
  await cluster.add(owner)
  const [a, b] = [await node(), await node()]
  const kept = await assetsOf(owner)
  for (const asset of assets) await a.price.set({ asset }, 'old')
  for (const asset of assets) await held(b, asset, 'old')
  await owner.kill()
  await eventually(() => assets.every((asset) => b.price.peek({ asset }) === undefined))
  await succeeds(() => a.price.set({ asset: kept[0] ?? '' }, 'new'))
  for (const asset of kept) await succeeds(() => a.price.set({ asset }, 'new'))
  for (const asset of kept) await eventually(async () => (await b.price.get({ asset })) === 'new', 10_000)
  for (const asset of kept) await held(b, asset, 'new')
  // Nobody asks for the old one any more.
  expect(await a.ping()).toBe('redis')
  // It comes back as the replica of who replaced it.
  await owner.restart()
  await eventually(async () => /role:slave/.test(await owner.cli.info('replication')), 15_000)
  for (const asset of kept) await a.price.set({ asset }, 'newest')
  await eventually(() => kept.every((asset) => b.price.peek({ asset }) !== 'new'))
  expect(await b.price.getMany(kept.map((asset) => ({ asset })))).toEqual(kept.map(() => 'newest'))
})

test('a primary that hangs while its replica takes over: memory does not keep what the new one changed', async () => {
  const owner = await cluster.ownerOf(redisKey('A4'))
  await cluster.add(owner)
  const [a, b] = [await node(), await node()]
  const [asset = ''] = await assetsOf(owner)
  await a.price.set({ asset }, 'old')
  await held(b, asset, 'old')
  process.kill(owner.pid(), 'SIGSTOP')
  try {
    await eventually(
      async () => (await cluster.ownerOf(redisKey(asset)).catch(() => owner)) !== owner,
      15_000,
    )
    await succeeds(() => a.price.set({ asset }, 'new'))
    await eventually(() => b.price.peek({ asset }) !== 'old', 2_000)
    await eventually(async () => (await b.price.get({ asset })) === 'new')
  } finally {
    process.kill(owner.pid(), 'SIGCONT')
  }
  await held(b, asset, 'new')
  expect(ids.length).toBe(assets.length)
})
