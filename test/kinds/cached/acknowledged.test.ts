import {
  cached,
  memoryStore,
  open,
  PartlyStoredError,
  type StoreFactory,
  StoreError,
  StoreRefusedError,
  StoreUnavailableError,
} from 'holdfast'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { EntryStore } from '../../../src/entry/port.ts'
import { stores } from '../../servers/stores.ts'

// Who confirmed a write: all tiers, or the caller is told which did not.

const keyspaces = {
  price: cached({ key: 'price:{asset}', about: 'x', value: z.string(), ttl: '1m', l1: { max: 5_000 } }),
  note: cached({ key: 'note:{id}', about: 'x', value: z.string(), ttl: '1m' }),
}
const sol = { asset: 'SOL' }
const assets = (count: number) => Array.from({ length: count }, (_, index) => ({ asset: `A${index}` }))

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('a write that resolves was confirmed by every tier that the keyspace has', async () => {
    const state = await open(keyspaces, { store: make() })
    expect(await state.price.set(sol, '1')).toEqual({ tiers: ['l1', 'l2'] })
    expect(await state.price.expire(sol)).toEqual({ existed: true, tiers: ['l1', 'l2'] })
    expect(await state.price.delete(sol)).toEqual({ existed: true, tiers: ['l1', 'l2'] })
    expect(await state.price.delete(sol)).toEqual({ existed: false, tiers: ['l1', 'l2'] })
    expect(await state.note.set({ id: '1' }, 'a')).toEqual({ tiers: ['l2'] })
    expect(await state.note.deleteMany([{ id: '1' }, { id: '1' }, { id: '2' }])).toEqual({
      existed: 1,
      tiers: ['l2'],
    })
    await state.close()
  })

  test('thousands of values are set and deleted, on every node', async () => {
    const store = make()
    const [a, b] = [await open(keyspaces, { store }), await open(keyspaces, { store })]
    const ids = assets(2_500)
    const entries = ids.map((id) => [id, id.asset] as const)
    expect(await a.price.setMany([...entries, [ids[7] as { asset: string }, 'twice']])).toEqual({
      tiers: ['l1', 'l2'],
    })
    expect(a.price.counts().sets).toBe(2_500)
    expect(a.price.peek({ asset: 'A2499' })).toBe('A2499')
    const seen = await b.price.getMany(ids)
    expect(seen).toEqual(ids.map(({ asset }) => (asset === 'A7' ? 'twice' : asset)))
    expect(await a.price.deleteMany(ids)).toMatchObject({ existed: 2_500 })
    expect((await a.price.getMany(ids)).every((value) => value === null)).toBe(true)
    await Promise.all([a.close(), b.close()])
  })
})

/** A store in memory that fails as a test says. */
function failing(fail: { put?: (key: string) => Error | undefined; remove?: () => Error | undefined }) {
  const sent: string[] = []
  const inner = memoryStore()
  const store: StoreFactory = (context) => {
    const opened = inner(context)
    const put: EntryStore['put'] = async (key, ...rest) => {
      sent.push(key)
      const error = fail.put?.(key)
      if (error) throw error
      await opened.entries.put(key, ...rest)
    }
    const remove: EntryStore['remove'] = async (keys) => {
      const error = fail.remove?.()
      if (error) throw error
      return opened.entries.remove(keys)
    }
    return { ...opened, entries: { ...opened.entries, put, remove } }
  }
  return { store, sent }
}
const refused = () => new StoreRefusedError('put', new Error('OOM'))

test('a write that the store did not confirm rejects, and says that memory holds nothing older', async () => {
  let isFull = false
  const { store } = failing({ put: () => (isFull ? refused() : undefined) })
  const { price, note } = await open(keyspaces, { store })
  await price.set(sol, 'old')
  isFull = true
  const error: unknown = await price.set(sol, 'new').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StoreRefusedError)
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ acknowledgedBy: ['l1'] })
  expect(price.peek(sol)).toBeUndefined()
  expect(await price.get(sol)).toBe('old')
  await expect(note.set({ id: '1' }, 'a')).rejects.toMatchObject({ acknowledgedBy: [] })
})

test('a delete likewise: nobody who ignores what it resolves with believes a lost one', async () => {
  const { store } = failing({ remove: () => new StoreUnavailableError('no connection') })
  const { price } = await open(keyspaces, { store })
  await price.set(sol, 'old')
  for (const attempt of [price.delete(sol), price.deleteMany([sol])])
    await expect(attempt).rejects.toMatchObject({ code: 'HF_STORE_UNAVAILABLE', acknowledgedBy: ['l1'] })
  expect(price.peek(sol)).toBeUndefined()
})

test('setMany stores what it can, and names the keys that were not confirmed', async () => {
  const { store } = failing({ put: (key) => (key.endsWith('7') ? refused() : undefined) })
  const { price } = await open(keyspaces, { store })
  const ids = assets(20)
  const error: unknown = await price.setMany(ids.map((id) => [id, 'x'])).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PartlyStoredError)
  const { stored, failed, message } = error as PartlyStoredError
  expect([stored, failed.map(({ key }) => key)]).toEqual([18, ['price:A7', 'price:A17']])
  expect(failed[0]?.error).toMatchObject({ code: 'HF_STORE_REFUSED', acknowledgedBy: ['l1'] })
  expect(message).toMatch(/2 of 20 values .* price:A7: .*OOM/)
  expect((await price.getMany(ids)).filter((value) => value === 'x')).toHaveLength(18)
})

test('setMany does not go on asking a store that confirmed nothing of a thousand', async () => {
  const { store, sent } = failing({ put: refused })
  const { price } = await open(keyspaces, { store })
  const error: unknown = await price
    .setMany(assets(2_500).map((id) => [id, 'x']))
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ stored: 0, failed: { length: 2_500 } })
  expect(new Set((error as PartlyStoredError).failed.map(({ key }) => key)).size).toBe(2_500)
  expect(sent).toHaveLength(1_000)
})

test('setMany refuses a bad value before anything is sent', async () => {
  const { store, sent } = failing({})
  const { price } = await open(keyspaces, { store })
  const entries: [{ asset: string }, string][] = [
    [sol, '1'],
    [{ asset: 'MON' }, 7 as unknown as string],
  ]
  await expect(price.setMany(entries)).rejects.toMatchObject({ code: 'HF_INVALID_VALUE' })
  await expect(price.setMany([[{ asset: '' }, 'x']])).rejects.toMatchObject({ code: 'HF_INVALID_ID' })
  expect(await price.setMany([])).toEqual({ tiers: ['l1', 'l2'] })
  expect([sent, await price.get(sol)]).toEqual([[], null])
})
