import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { cached, InvalidValueError, memoryStore, open, type Schema, ValueTooLargeError } from 'holdfast'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { at, bench, type Price } from './fixture.ts'

const sol = { asset: 'SOL' }

test('a value that the schema refuses is not stored, and the error says what is wrong', async () => {
  const { node, raw } = bench()
  const { price } = await node()
  const wrong = { price: 5, at: 'now' } as unknown as Price
  await expect(price.set(sol, wrong)).rejects.toThrow(InvalidValueError)
  await expect(price.set(sol, wrong)).rejects.toThrow(
    /^price: the value does not fit its schema: price: .*; at: /,
  )
  expect(await raw.read('price:SOL')).toBeNull()
})

test('a loader that answers with the wrong type fails its caller and poisons nothing', async () => {
  const { source, node, raw } = bench()
  source.prices?.set('SOL', 'not a price' as unknown as Price)
  const { price } = await node()
  await expect(price.get(sol)).rejects.toThrow(InvalidValueError)
  expect(await raw.read('price:SOL')).toBeNull()
  source.prices?.set('SOL', at(1))
  expect(await price.get(sol)).toEqual(at(1))
})

test('what cannot be encoded is refused, naming the place', async () => {
  const any = cached({ key: 'any:{id}', about: 'Anything.', value: z.any(), ttl: '1m' })
  const state = await open({ any })
  await expect(state.any.set({ id: '1' }, { nested: [() => 1] })).rejects.toThrow(
    /^any: the value cannot be stored: nested\[0\] is a function/,
  )
})

test('a value over the size limit is refused, naming the limit', async () => {
  const big = cached({ key: 'big:{id}', about: 'Big.', value: z.string(), ttl: '1m', maxValueBytes: 10 })
  const state = await open({ big })
  await state.big.set({ id: '1' }, '12345678')
  await expect(state.big.set({ id: '1' }, '€€€€')).rejects.toThrow(ValueTooLargeError)
  await expect(state.big.set({ id: '1' }, '€€€€')).rejects.toThrow(
    /takes 14 bytes, more than the 10 of maxValueBytes/,
  )
  expect(await state.big.get({ id: '1' })).toBe('12345678')
})

test.each([
  ['cut off', { flag: 'j\n' }],
  ['broken JSON', { payload: '{' }],
  ['an unknown codec', { flag: 'q', payload: '{}' }],
  ['of another schema, and refused by ours', { version: 2, payload: '{"cost":1}' }],
])('a stored entry that is %s is a miss and a signal, and is replaced', async (_name, broken) => {
  const { source, node, store, clock, raw } = bench()
  source.prices?.set('SOL', at(1))
  const { price } = await node()
  // Under the generation of its keyspace: nothing but the entry itself is wrong.
  await price.get({ asset: 'OTHER' })
  const marks = (await raw.read('~g:all:price:*')) ?? ''
  const sound = { ttlMs: 30_000, costMs: 0, flag: 'j', version: 1, marks, payload: '{"price":"9.00","at":9}' }
  await raw.put('price:SOL', 'token', sound, 60_000)
  expect(await price.get(sol)).toEqual(at(9))
  await raw.put('price:SOL', 'token', { ...sound, ...broken }, 60_000)
  const problems: unknown[] = []
  const listener = (message: unknown): void => void problems.push(message)
  subscribe('holdfast:bad-entry', listener)
  expect(await price.get(sol)).toEqual(at(1))
  unsubscribe('holdfast:bad-entry', listener)
  expect(problems).toMatchObject([{ keyspace: 'price', key: 'price:SOL' }])
  expect(price.counts()).toMatchObject({ badEntries: 1, loads: 2 })
  const other = await open(
    { plain: cached({ key: 'price:{asset}', about: 'x', value: z.any(), ttl: '1m' }) },
    { store, clock },
  )
  expect(await other.plain.get(sol)).toEqual(at(1))
})

test('entries of an older schema version are checked, and used when they fit', async () => {
  const store = memoryStore()
  const declare = (version: number, value: z.ZodType<{ a: number }>) =>
    cached({ key: 'thing:{id}', about: 'Things.', value, ttl: '1m', version })
  const old = await open({ thing: declare(1, z.object({ a: z.number() })) }, { store })
  await old.thing.set({ id: '1' }, { a: 1 })
  await old.thing.set({ id: '2' }, { a: 200 })
  const next = await open({ thing: declare(2, z.object({ a: z.number().max(100) })) }, { store })
  expect(await next.thing.get({ id: '1' })).toEqual({ a: 1 })
  expect(await next.thing.get({ id: '2' })).toBeNull()
  expect(next.thing.counts().badEntries).toBe(1)
})

test('an older entry that makes the schema throw is a miss, and is replaced', async () => {
  const store = memoryStore()
  const [key, about, ttl] = ['json:{id}', 'Text of JSON.', '1m'] as const
  const before = cached({ key, about, ttl, value: z.string() })
  const parsing: Schema<unknown, string> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => ({ value: JSON.stringify(JSON.parse(String(value))) }),
    },
  }
  const now = cached({ key, about, ttl, value: parsing, version: 2, l1: { max: 10 }, load: () => '[1]' })
  const [old, young] = [await open({ json: before }, { store }), await open({ json: now }, { store })]
  await old.json.set({ id: '1' }, 'no JSON')
  expect(await young.json.get({ id: '1' })).toBe('[1]')
  expect((await young.json.read({ id: '1' })).tier).not.toBe('source')
  expect(young.json.counts().badEntries).toBe(1)
})

test('a schema that answers asynchronously is refused, and said to be', async () => {
  const later = cached({
    key: 'later:{id}',
    about: 'x',
    value: z.string().refine(async () => true),
    ttl: '1m',
  })
  const state = await open({ later })
  await expect(state.later.set({ id: '1' }, 'x')).rejects.toThrow(
    /^value: this schema \(zod\) answers asynchronously/,
  )
})

test('bigint and Date survive', async () => {
  const Row = z.object({ lamports: z.bigint(), at: z.date() })
  const row = cached({ key: 'row:{id}', about: 'Rows.', value: Row, ttl: '1m' })
  const state = await open({ row })
  const value = { lamports: 2n ** 70n, at: new Date(1_570_752_011_620) }
  await state.row.set({ id: '1' }, value)
  expect(await state.row.get({ id: '1' })).toEqual(value)
})
