import { cached, DeclarationError, lock, open } from 'holdfast'
import { expect, test } from 'vitest'
import { z } from 'zod'

const price = cached({ key: 'price:{asset}', about: 'Last price.', value: z.string(), ttl: '30s' })

test('two keyspaces that could own the same key are refused', async () => {
  const all = cached({ key: 'price:all', about: 'All prices.', value: z.string(), ttl: '30s' })
  await expect(open({ price, all })).rejects.toThrow(DeclarationError)
  await expect(open({ price, all })).rejects.toThrow(
    /all: key 'price:all' can be the same as 'price:\{asset\}' of price/,
  )
})

test('a keyspace cannot take a name that the state uses itself', async () => {
  // @ts-expect-error -- refused by the types too
  await expect(open({ close: price })).rejects.toThrow(/^close: this name belongs to the state/)
})

test('what is declared can be described in plain values', async () => {
  const stop = lock({ key: 'lock:stop:{positionId}', about: 'One evaluation at a time.', lease: '10s' })
  const state = await open({ price, stop })
  expect(state.describe()).toMatchObject([
    {
      name: 'price',
      kind: 'cached',
      key: 'price:{asset}',
      parameters: ['asset'],
      about: 'Last price.',
      details: { ttlMs: 30_000 },
    },
    { name: 'stop', kind: 'lock', key: 'lock:stop:{positionId}', details: { leaseMs: 10_000 } },
  ])
  expect(JSON.parse(JSON.stringify(state.describe()))).toEqual(state.describe())
  await state.close()
})

test.each([
  ['ttl of 0', { ttl: '0s' }, /cached\('price:\{asset\}'\)\.ttl: '0s' is out of bounds/],
  ['ttl below 0', { ttl: '-1s' }, /\.ttl: '-1s' is no duration/],
  ['L1 without a bound', { l1: {} }, /\.l1\.max: undefined is no whole number/],
  ['L1 of 0', { l1: { max: 0 } }, /\.l1\.max: 0 is no whole number/],
  ['endless L1', { l1: { max: Number.POSITIVE_INFINITY } }, /\.l1\.max: Infinity/],
  ['empty about', { about: ' ' }, /\.about: is empty/],
  ['no about', { about: undefined }, /^cached\('price:\{asset\}'\)\.about: is missing/],
  ['an about that is no text', { about: 5 }, /\.about: is no text but a number/],
  ['no key', { key: undefined }, /^cached\.key: is missing; write a pattern/],
  ['a misspelt option', { tll: '5s' }, /^cached\('price:\{asset\}'\)\.tll: is no option of cached; .*ttl/],
  ['a schema that is none', { value: 'text' }, /\.value: is no Standard Schema/],
  ['no schema', { value: undefined }, /\.value: is no Standard Schema/],
  ['a ttl that is a number', { ttl: 60 }, /\.ttl: '60' is no duration/],
  ['a loader that is a value', { load: 5 }, /\.load: is no function but a number/],
  ['value limit of 0', { maxValueBytes: 0 }, /\.maxValueBytes: 0/],
])('%s is refused while declaring', (_name, wrong, message) => {
  const spec = { key: 'price:{asset}', about: 'Last price.', value: z.string(), ttl: '30s', ...wrong }
  expect(() => cached(spec as unknown as Parameters<typeof cached>[0])).toThrow(message)
})

test.each([[undefined], [null], ['price:{asset}']])('%j is no declaration', (spec) => {
  const declare = cached as unknown as (spec: unknown) => unknown
  expect(() => declare(spec)).toThrow(/^cached: takes an object with key, about, value, ttl/)
})

test('a lease too short to be trusted is refused', () => {
  expect(() => lock({ key: 'lock:{a}', about: 'x', lease: '50ms' })).toThrow(
    /lease: '50ms' is out of bounds: at least 100 ms/,
  )
})
