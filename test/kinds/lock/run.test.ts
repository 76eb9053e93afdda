import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  ClosedError,
  type Clock,
  LeaseLostError,
  lock,
  LockNotAcquiredError,
  memoryStore,
  open,
  type StoreFactory,
  StoreTimeoutError,
} from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import type { LockStore } from '../../../src/kinds/lock/port.ts'

const stop = lock({ key: 'lock:stop:{id}', about: 'One evaluation at a time.', lease: '10s', longest: '10s' })
const id = { id: '7' }

async function world() {
  const clock = virtualClock()
  const store = memoryStore()
  return { clock, node: () => open({ stop }, { store, clock }) }
}

test('the work runs, its result is returned and the lock is free again', async () => {
  const { node } = await world()
  const [a, b] = [await node(), await node()]
  expect(await a.stop.run(id, async () => 'done')).toBe('done')
  expect(await b.stop.run(id, async () => 'again')).toBe('again')
})

test('while it runs, others are refused at once; other ids are not', async () => {
  const { node } = await world()
  const [a, b] = [await node(), await node()]
  const ran = await a.stop.run(id, async () => {
    await expect(b.stop.run(id, async () => 'never')).rejects.toThrow(LockNotAcquiredError)
    await expect(a.stop.run(id, async () => 'never')).rejects.toThrow(/lock:stop:7 is held by somebody else/)
    return b.stop.run({ id: '8' }, async () => 'other')
  })
  expect(ran).toBe('other')
})

test('the lock is given back when the work fails', async () => {
  const { node } = await world()
  const { stop } = await node()
  await expect(stop.run(id, () => Promise.reject(new Error('no route')))).rejects.toThrow('no route')
  expect(await stop.run(id, async () => 1)).toBe(1)
})

test('work that outlives the lease is told before another can get the lock, and fails', async () => {
  const { clock, node } = await world()
  const [a, b] = [await node(), await node()]
  const events: unknown[] = []
  const listener = (message: unknown): void => void events.push(message)
  subscribe('holdfast:lease', listener)
  let finish: (() => void) | undefined
  let signal: AbortSignal | undefined
  const slow = a.stop
    .run(id, async (lease) => {
      signal = lease.signal
      await new Promise<void>((resolve) => (finish = resolve))
      return 'late'
    })
    .catch((error: unknown) => error)

  await clock.advance(9_499)
  expect(signal?.aborted).toBe(false)
  await clock.advance(1)
  expect(signal?.aborted).toBe(true)
  await expect(b.stop.run(id, async () => 'early')).rejects.toThrow(LockNotAcquiredError)
  await clock.advance(500)
  expect(
    await b.stop.run(id, async () => {
      finish?.()
      expect(await slow).toBeInstanceOf(LeaseLostError)
      await expect(a.stop.run(id, async () => 'third')).rejects.toThrow(LockNotAcquiredError)
      return 'next'
    }),
  ).toBe('next')
  unsubscribe('holdfast:lease', listener)
  expect(events).toMatchObject([
    { event: 'lost', key: 'lock:stop:7' },
    { event: 'released-late', key: 'lock:stop:7' },
  ])
  expect(clock.pending).toBe(0)
})

test('after close it is refused', async () => {
  const { node } = await world()
  const state = await node()
  await state.close()
  await expect(state.stop.run(id, async () => 1)).rejects.toThrow(ClosedError)
})

test('work does not begin under a lock whose grant came when its lease was nearly over', async () => {
  const clock = virtualClock()
  const memory = memoryStore()
  const slow: StoreFactory = (context) => {
    const store = memory(context)
    const acquire: LockStore['acquire'] = async (...args) => {
      const granted = await store.locks.acquire(...args)
      await clock.advance(9_500)
      return granted
    }
    return { ...store, locks: { ...store.locks, acquire } }
  }
  const [late, other] = [
    await open({ stop }, { store: slow, clock }),
    await open({ stop }, { store: memory, clock }),
  ]
  let began = false
  await expect(late.stop.run(id, async () => (began = true))).rejects.toThrow(LeaseLostError)
  expect(began).toBe(false)
  expect(await other.stop.run(id, async () => 'free')).toBe('free')
  expect(clock.pending).toBe(0)
})

test('work that kept the event loop busy beyond its lease fails, though no timer could tell it', async () => {
  const clock = virtualClock()
  let jumpMs = 0
  const jumping: Clock = { ...clock, now: () => clock.now() + jumpMs }
  const { stop: busy } = await open({ stop }, { clock: jumping })
  await expect(busy.run(id, async () => void (jumpMs = 9_500))).rejects.toThrow(LeaseLostError)
})

test('a lock that was granted without our hearing of it is given back', async () => {
  const clock = virtualClock()
  const memory = memoryStore()
  const mute: StoreFactory = (context) => {
    const store = memory(context)
    const acquire: LockStore['acquire'] = async (...args) => {
      await store.locks.acquire(...args)
      throw new StoreTimeoutError('acquire', 1_000)
    }
    return { ...store, locks: { ...store.locks, acquire } }
  }
  const [unheard, other] = [
    await open({ stop }, { store: mute, clock }),
    await open({ stop }, { store: memory, clock }),
  ]
  await expect(unheard.stop.run(id, async () => 'never')).rejects.toThrow(StoreTimeoutError)
  expect(await other.stop.run(id, async () => 'free')).toBe('free')
})
