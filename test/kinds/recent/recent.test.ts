import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  ClosedError,
  DeclarationError,
  InvalidValueError,
  memoryStore,
  open,
  recent,
  ValueTooLargeError,
} from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

const Fill = z.object({ price: z.string(), amount: z.bigint() })
const fills = recent({
  key: 'fills:{asset}',
  about: 'Fills.',
  value: Fill,
  ttl: '1d',
  max: 3,
  maxItemSize: '200B',
})
const sol = { asset: 'SOL' }
const fill = (price: string): z.infer<typeof Fill> => ({ price, amount: 2n ** 70n })

async function world(store = memoryStore(), clock = virtualClock()) {
  const state = await open({ fills }, { store, clock })
  onTestFinished(() => state.close())
  return { ...state, clock }
}

test('the newest comes first, and the oldest go beyond the bound', async () => {
  const { fills, clock } = await world()
  expect(await fills.push(sol, fill('1'), fill('2'))).toBe(2)
  expect(await fills.push(sol)).toBe(2)
  expect(await fills.push(sol, fill('3'), fill('4'))).toBe(3)
  expect(await fills.latest(sol)).toEqual([fill('4'), fill('3'), fill('2')])
  expect(await fills.latest(sol, { most: 1, from: 1 })).toEqual([fill('3')])
  expect(await fills.count(sol)).toBe(3)
  expect(await fills.latest({ asset: 'ETH' })).toEqual([])
  await clock.advance(86_400_000)
  expect(await fills.latest(sol)).toEqual([])
  expect(await fills.clear(sol)).toBe(false)
})

test('an item that does not fit is refused with all that came with it', async () => {
  const { fills } = await world()
  await expect(fills.push(sol, fill('1'), { price: 2 } as never)).rejects.toThrow(InvalidValueError)
  await expect(fills.push(sol, null as never)).rejects.toThrow(InvalidValueError)
  await expect(fills.push(sol, fill('9'.repeat(300)))).rejects.toThrow(ValueTooLargeError)
  expect(await fills.count(sol)).toBe(0)
})

test('what cannot be read any more is left out, and told', async () => {
  const store = memoryStore()
  const before = recent({ key: 'fills:{asset}', about: 'x', value: z.string(), ttl: '1d', max: 3 })
  const { fills, clock } = await world(store)
  const old = await open({ before }, { store, clock })
  await old.before.push(sol, 'text')
  const told: unknown[] = []
  const listen = (message: unknown): void => void told.push(message)
  subscribe('holdfast:bad-entry', listen)
  onTestFinished(() => void unsubscribe('holdfast:bad-entry', listen))
  expect(await fills.latest(sol)).toEqual([])
  expect(told).toMatchObject([{ keyspace: 'fills', key: 'fills:SOL' }])
  await old.close()
})

test('options that are none are refused; after close it says so', async () => {
  const { fills, close } = await world()
  await expect(fills.latest(sol, { most: 0 })).rejects.toThrow(/^fills\.latest\.most: /)
  await expect(fills.latest(sol, { from: -1 })).rejects.toThrow(/^fills\.latest\.from: /)
  await close()
  await expect(fills.push(sol, fill('1'))).rejects.toThrow(ClosedError)
})

test.each([
  ['value', { value: String }],
  ['max', { max: 10_001 }],
  ['maxItemSize', { maxItemSize: '2MB' }],
  ['ttl', { ttl: undefined }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const sound = { key: 'a:{id}', about: 'x', ttl: '1d', max: 5, value: Fill } as const
  const declare = (): unknown => recent({ ...sound, ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`recent('a:{id}').${field}`)
})
