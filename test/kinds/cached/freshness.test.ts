import { cached, LoadError, memoryStore, open, systemRandom } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Source, at, Price } from './fixture.ts'

const sol = { asset: 'SOL' }
type Policy = Partial<
  Pick<
    Parameters<typeof cached>[0],
    'staleWhileRevalidate' | 'staleIfError' | 'jitter' | 'earlyRefresh' | 'softTimeout' | 'l1'
  >
>

/** Nodes on one store that read a keyspace with this policy; `float` is what chance says. */
function world(policy: Policy, float: () => number = () => 0.5) {
  const clock = virtualClock()
  const source = new Source()
  const store = memoryStore()
  let tokens = 0
  const random = { ...systemRandom, token: () => `t${tokens++}`, float }
  const price = cached({
    key: 'price:{asset}',
    about: 'Last price.',
    value: Price,
    ttl: '30s',
    loadTimeout: '5s',
    load: ({ asset }, { source: from }: { source: Source }, { signal }) => from.load(asset, signal),
    ...policy,
  })
  const node = async () => (await open({ price }, { store, clock, random, deps: { source } })).price
  return { clock, source, node }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test.each([true, false])(
  'a value past its ttl is served at once and loaded again behind the reader (l1: %j)',
  async (hasL1) => {
    const { clock, source, node } = world({
      staleWhileRevalidate: '30s',
      ...(hasL1 && { l1: { max: 10 } }),
    })
    const price = await node()
    source.prices?.set('SOL', at(1))
    await price.get(sol)
    source.prices?.set('SOL', at(2))
    await clock.advance(31_000)
    expect(await price.read(sol)).toMatchObject({ value: at(1), stale: true, tier: hasL1 ? 'l1' : 'l2' })
    await settled()
    expect(await price.read(sol)).toMatchObject({ value: at(2), stale: false })
    expect(source.asked).toHaveLength(2)
    expect(price.counts()).toMatchObject({ staleReads: 1, loads: 2 })
  },
)

test('many readers of a stale value start one load, and none waits for it', async () => {
  const { clock, source, node } = world({ staleWhileRevalidate: '30s', l1: { max: 10 } })
  const price = await node()
  source.prices?.set('SOL', at(1))
  await price.get(sol)
  source.prices = undefined
  await clock.advance(31_000)
  const values = await Promise.all(Array.from({ length: 50 }, () => price.get(sol)))
  expect(new Set(values)).toEqual(new Set([values[0]]))
  await settled()
  expect(source.asked).toHaveLength(2)
  source.next().resolve(at(2))
})

test('the window of a stale value ends', async () => {
  const { clock, source, node } = world({ staleWhileRevalidate: '30s', l1: { max: 10 } })
  const price = await node()
  source.prices?.set('SOL', at(1))
  await price.get(sol)
  source.prices?.set('SOL', at(2))
  await clock.advance(60_001)
  expect(await price.read(sol)).toMatchObject({ value: at(2), tier: 'source' })
})

test('maxAge is a hard bound, whatever may be served stale', async () => {
  const { clock, source, node } = world({
    staleWhileRevalidate: '5m',
    staleIfError: '5m',
    l1: { max: 10 },
  })
  const price = await node()
  source.prices?.set('SOL', at(1))
  await price.get(sol)
  await clock.advance(40_000)
  expect(await price.read(sol, { maxAge: '45s' })).toMatchObject({ value: at(1), stale: true })
  await settled()
  source.prices = undefined
  await clock.advance(40_000)
  const failing = price.get(sol, { maxAge: '10s' })
  await settled()
  source.next().reject(new Error('venue down'))
  await expect(failing).rejects.toThrow(LoadError)
})

test('the last good value is served where the load fails, marked stale with its age; then the window ends', async () => {
  const { clock, source, node } = world({ staleIfError: '10m', l1: { max: 10 } })
  const price = await node()
  source.prices?.set('SOL', at(1))
  await price.get(sol)
  source.prices = undefined
  await clock.advance(60_000)
  const reading = price.read(sol)
  await settled()
  source.next().reject(new Error('venue down'))
  expect(await reading).toMatchObject({ value: at(1), stale: true, ageMs: 60_000 })
  expect(price.counts()).toMatchObject({ staleReads: 1, loadFailures: 1 })
  const many = price.readMany([sol])
  await settled()
  source.next().reject(new Error('venue down'))
  expect((await many)[0]).toMatchObject({ value: at(1), stale: true })
  await clock.advance(600_000)
  const over = price.get(sol)
  await settled()
  source.next().reject(new Error('venue down'))
  await expect(over).rejects.toThrow(LoadError)
})

test('a deleted value is never a fallback', async () => {
  const { clock, source, node } = world({
    staleIfError: '10m',
    staleWhileRevalidate: '10m',
    l1: { max: 10 },
  })
  const price = await node()
  source.prices?.set('SOL', at(1))
  await price.get(sol)
  await clock.advance(31_000)
  await price.delete(sol)
  source.prices = undefined
  const reading = price.get(sol)
  await settled()
  source.next().reject(new Error('venue down'))
  await expect(reading).rejects.toThrow(LoadError)
})

test('an expired value is loaded again, and is what other nodes fall back to', async () => {
  const { source, node } = world({ staleIfError: '10m', l1: { max: 10 } })
  const [a, b] = [await node(), await node()]
  source.prices?.set('SOL', at(1))
  await a.get(sol)
  await b.get(sol)
  expect(await a.expire(sol)).toMatchObject({ existed: true })
  expect(await a.expire({ asset: 'NONE' })).toMatchObject({ existed: false })
  source.prices = undefined
  const reading = b.read(sol)
  await settled()
  source.next().reject(new Error('venue down'))
  expect(await reading).toMatchObject({ value: at(1), stale: true })
  source.prices = new Map([['SOL', at(2)]])
  expect(await b.get(sol)).toEqual(at(2))
})

test('a load that takes longer than the soft timeout is left behind, where there is a value to serve', async () => {
  const { clock, source, node } = world({ staleIfError: '10m', softTimeout: '100ms' })
  const price = await node()
  source.prices?.set('SOL', at(1))
  await price.get(sol)
  source.prices = undefined
  await clock.advance(31_000)
  const reading = price.read(sol)
  await settled()
  await clock.advance(100)
  expect(await reading).toMatchObject({ value: at(1), stale: true })
  source.next().resolve(at(2))
  await settled()
  expect(await price.read(sol)).toMatchObject({ value: at(2), tier: 'l2' })
})

test('a hot value is loaded again before it expires when chance says so', async () => {
  let chance = 0
  const { clock, source, node } = world({ earlyRefresh: true, l1: { max: 10 } }, () => chance)
  const price = await node()
  source.prices = undefined
  const first = price.get(sol)
  await settled()
  await clock.advance(1_000)
  source.next().resolve(at(1))
  await first
  await clock.advance(28_500)
  expect(await price.read(sol)).toMatchObject({ value: at(1), stale: false, tier: 'l1' })
  expect(source.asked).toHaveLength(1)
  // With half a second left and a load of one second, a chance of 1 − e^−0.5 is enough.
  chance = 0.4
  expect(await price.read(sol)).toMatchObject({ value: at(1), stale: false })
  await settled()
  expect(source.asked).toHaveLength(2)
  source.next().resolve(at(2))
  await settled()
  expect(await price.get(sol)).toEqual(at(2))
})

test('jitter shortens a ttl by up to its share', async () => {
  const { clock, source, node } = world({ jitter: 0.1, l1: { max: 10 } }, () => 1)
  const price = await node()
  source.prices?.set('SOL', at(1))
  await price.get(sol)
  await clock.advance(26_999)
  expect(price.peek(sol)).toEqual(at(1))
  await clock.advance(1)
  expect(price.peek(sol)).toBeUndefined()
})

test('a loader gives a value a ttl of its own, or keeps it out of the cache', async () => {
  const clock = virtualClock()
  let loads = 0
  const token = cached({
    key: 'token:{id}',
    about: 'A token that says how long it lives.',
    value: z.string(),
    ttl: '1h',
    l1: { max: 10 },
    load: ({ id }, _deps: unknown, context) => {
      loads++
      if (id === 'secret') context.skip()
      else context.setTtl('10s')
      return `${id} ${loads}`
    },
  })
  const state = await open({ token }, { clock })
  expect(await state.token.get({ id: 'a' })).toBe('a 1')
  await clock.advance(9_000)
  expect(await state.token.get({ id: 'a' })).toBe('a 1')
  await clock.advance(1_000)
  expect(await state.token.get({ id: 'a' })).toBe('a 2')
  expect(await state.token.get({ id: 'secret' })).toBe('secret 3')
  expect(await state.token.get({ id: 'secret' })).toBe('secret 4')
})

test.each([
  [{ jitter: 0.6 }, /jitter: 0.6 is no share/],
  [{ jitter: Number.NaN }, /jitter: NaN/],
  [{ staleIfError: '0s' }, /staleIfError: '0s' is out of bounds/],
  [{ softTimeout: '1s' }, /softTimeout: has nothing to serve/],
  [{ softTimeout: '10s', staleIfError: '1m' }, /softTimeout: is not below loadTimeout/],
] as const)('%j is refused', (policy, message) => {
  expect(() => cached({ key: 'a:{id}', about: 'x', value: z.string(), ttl: '1m', ...policy })).toThrow(
    message,
  )
})
