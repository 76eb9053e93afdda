import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  DeclarationError,
  LeaseLostError,
  lock,
  memoryStore,
  open,
  type StoreFactory,
  StoreUnavailableError,
} from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'
import type { LockStore } from '../../../src/kinds/lock/port.ts'

// A lease that is renewed while the work runs, and what ends it all the same.

const sale = lock({ key: 'lock:sale:{id}', about: 'One sale at a time.', lease: '9s', longest: '1m' })
const id = { id: '7' }

/** Work under a lock of a store whose renewals the test may replace. */
async function working(extend?: (inner: LockStore['extend']) => LockStore['extend']) {
  const clock = virtualClock()
  const memory = memoryStore()
  const store: StoreFactory = (context) => {
    const inner = memory(context)
    return { ...inner, locks: { ...inner.locks, ...(extend && { extend: extend(inner.locks.extend) }) } }
  }
  const events: unknown[] = []
  const listener = (message: unknown): void => void events.push((message as { event: unknown }).event)
  subscribe('holdfast:lease', listener)
  onTestFinished(() => void unsubscribe('holdfast:lease', listener))
  const state = await open({ sale }, { store, clock })
  const other = await open({ sale }, { store: memory, clock })
  let finish = (): void => undefined
  let signal = new AbortController().signal
  const end = state.sale
    .run(id, async (lease) => {
      signal = lease.signal
      await new Promise<void>((resolve) => (finish = resolve))
      return 'done'
    })
    .catch((error: unknown) => error)
  await clock.advance(0)
  const isFree = async (): Promise<boolean> => (await other.sale.tryRun(id, async () => 0)).ran
  return { clock, events, end, finish: () => finish(), isLost: () => signal.aborted, isFree }
}

test('it is kept for as long as the work runs', async () => {
  const { clock, end, finish, isLost, isFree, events } = await working()
  for (let second = 0; second < 40; second++) {
    await clock.advance(1_000)
    expect(isLost()).toBe(false)
    expect(await isFree()).toBe(false)
  }
  finish()
  expect(await end).toBe('done')
  expect(await isFree()).toBe(true)
  expect(events).toEqual([])
  expect(clock.pending).toBe(0)
})

test('after the longest time it is not renewed: the work is told before another gets the lock', async () => {
  const { clock, end, finish, isLost, isFree } = await working()
  await clock.advance(59_500)
  expect(isLost()).toBe(false)
  await clock.advance(100)
  expect(isLost()).toBe(true)
  expect(await isFree()).toBe(false)
  await clock.advance(500)
  expect(await isFree()).toBe(true)
  finish()
  expect(await end).toBeInstanceOf(LeaseLostError)
})

test('a renewal that is refused ends it at once', async () => {
  const { clock, end, finish, isLost, events } = await working(() => async () => false)
  await clock.advance(2_999)
  expect(isLost()).toBe(false)
  await clock.advance(1)
  expect(isLost()).toBe(true)
  expect(events).toEqual(['lost'])
  finish()
  expect(await end).toBeInstanceOf(LeaseLostError)
})

test('a renewal without an answer is tried again, until the lease is trusted no more', async () => {
  let failures = 3
  const { clock, isLost, end, finish, events } = await working((inner) => (...args) => {
    if (failures-- > 0) return Promise.reject(new StoreUnavailableError('down'))
    return inner(...args)
  })
  await clock.advance(30_000)
  expect(isLost()).toBe(false)
  expect(events).toEqual(['unconfirmed', 'unconfirmed', 'unconfirmed'])
  failures = Infinity
  await clock.advance(9_000)
  expect(isLost()).toBe(true)
  finish()
  expect(await end).toBeInstanceOf(LeaseLostError)
  expect(events.slice(-2)).toEqual(['lost', 'released-late'])
})

test.each([
  ['lease', { lease: '99ms' }],
  ['longest', { longest: '1s' }],
  ['fencing', { fencing: 'none' }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const declare = (): unknown => lock({ key: 'l:{id}', about: 'x', lease: '5s', ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`lock('l:{id}').${field}`)
})
