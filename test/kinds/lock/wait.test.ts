import {
  DeclarationError,
  LeaseLostError,
  lock,
  LockNotAcquiredError,
  memoryStore,
  open,
  type StoreFactory,
} from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, test } from 'vitest'
import type { LockStore } from '../../../src/kinds/lock/port.ts'
import { stores, topologies } from '../../servers/stores.ts'

// Waiting for a lock, several at a time, and not waiting.

const sale = lock({ key: 'lock:sale:{id}', about: 'One sale at a time.', lease: '10s' })
const id = { id: '7' }

function gateway(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

describe.each(Object.entries(topologies))('in %s', (_, make) => {
  test('a release wakes who waits, well before the lease ends or it would ask again', async () => {
    const store = make()
    const [a, b] = [await open({ sale }, { store }), await open({ sale }, { store })]
    const took: number[] = []
    for (let round = 0; round < 5; round++) {
      let waiting: Promise<void> | undefined
      let releasedMs = 0
      await a.sale.run(id, async () => {
        waiting = b.sale.run(id, async () => void took.push(performance.now() - releasedMs), { wait: '9s' })
        await new Promise((resolve) => setTimeout(resolve, 60))
        releasedMs = performance.now()
      })
      await waiting
    }
    // The middle one: a machine may stall. Asking again each second would take half of that.
    expect(took.toSorted((x, y) => x - y)[Math.floor(took.length / 2)]).toBeLessThan(200)
    await Promise.all([a.close(), b.close()])
  })
})

describe.each(Object.entries(stores))('in %s', (_, make) => {
  test('many who wait in two processes have it one at a time, in the order in which they came', async () => {
    const store = make()
    const nodes = [await open({ sale }, { store }), await open({ sale }, { store })]
    const order: number[] = []
    let inside = 0
    const callers: Promise<void>[] = []
    for (let caller = 0; caller < 20; caller++) {
      const node = nodes[caller % 2] as (typeof nodes)[number]
      callers.push(
        node.sale.run(
          id,
          async ({ assertHeld }) => {
            expect(++inside).toBe(1)
            order.push(caller)
            await new Promise((resolve) => setTimeout(resolve, 5))
            assertHeld()
            inside--
          },
          { wait: '15s' },
        ),
      )
      // What was sent before has arrived with the answer, so the next one comes after it.
      await node.ping()
    }
    await Promise.all(callers)
    expect(order).toEqual([...order].toSorted((x, y) => x - y))
    await Promise.all(nodes.map((node) => node.close()))
  })

  test('several locks in any order are held by one at a time, and nobody waits for ever', async () => {
    const store = make()
    const { sale: locks, close } = await open({ sale }, { store })
    let inside = 0
    const ids = ['a', 'b', 'c'].map((each) => ({ id: each }))
    const orders = [ids, ids.toReversed(), [ids[1], ids[0], ids[2], ids[1]]] as (typeof ids)[]
    const tokens = await Promise.all(
      Array.from({ length: 12 }, (_, caller) =>
        locks.runAll(
          orders[caller % 3] ?? [],
          async (leases) => {
            expect(++inside).toBe(1)
            await new Promise((resolve) => setTimeout(resolve, 2))
            inside--
            return leases.map(({ token }) => token)
          },
          { wait: '15s' },
        ),
      ),
    )
    expect(tokens.map(({ length }) => length)).toEqual(Array.from({ length: 12 }, (_, i) => [3, 3, 4][i % 3]))
    await close()
  })
})

test('of several locks the first may be lost while the last is waited for: then the work does not begin', async () => {
  const clock = virtualClock()
  const memory = memoryStore()
  const forgetful: StoreFactory = (context) => {
    const store = memory(context)
    const extend: LockStore['extend'] = async (key, ...rest) =>
      key !== 'lock:sale:a' && store.locks.extend(key, ...rest)
    return { ...store, locks: { ...store.locks, extend } }
  }
  const a = await open({ sale }, { store: memory, clock })
  const b = await open({ sale }, { store: forgetful, clock })
  const held = gateway()
  const first = a.sale.run({ id: 'b' }, () => held.opened)
  let began = false
  const both = b.sale.runAll([{ id: 'a' }, { id: 'b' }], async () => void (began = true), { wait: '9s' })
  both.catch(() => undefined)
  await clock.advance(5_000)
  held.open()
  await first
  await clock.advance(1_000)
  await expect(both).rejects.toThrow(LeaseLostError)
  expect(began).toBe(false)
})

test('who waits in vain is told at its deadline, and is in nobody’s way', async () => {
  const clock = virtualClock()
  const store = memoryStore()
  const [a, b] = [await open({ sale }, { store, clock }), await open({ sale }, { store, clock })]
  const held = gateway()
  const first = a.sale.run(id, () => held.opened)
  let failed: unknown
  void b.sale.run(id, async () => 'never', { wait: '3s' }).catch((error: unknown) => (failed = error))
  await clock.advance(2_999)
  expect(failed).toBeUndefined()
  await clock.advance(1)
  expect(failed).toBeInstanceOf(LockNotAcquiredError)
  held.open()
  await first
  expect(await a.sale.tryRun(id, async () => 'free')).toEqual({ ran: true, result: 'free' })
  expect(clock.pending).toBe(0)
})

test('of several locks none is held when one cannot be had', async () => {
  const { sale: locks } = await open({ sale })
  const held = gateway()
  const first = locks.run({ id: 'b' }, () => held.opened)
  await expect(locks.runAll([{ id: 'a' }, { id: 'b' }], async () => 'never')).rejects.toThrow(
    /lock:sale:b is held/,
  )
  expect((await locks.tryRun({ id: 'a' }, async () => 0)).ran).toBe(true)
  held.open()
  await first
  await expect(locks.runAll([], async () => 0)).rejects.toThrow(RangeError)
})

test('tryRun says until when it is held; what its work fails with, fails it', async () => {
  const { sale: locks } = await open({ sale })
  const tried = await locks.run(id, () => locks.tryRun(id, async () => 'never'))
  expect(tried.ran).toBe(false)
  expect(tried.ran ? 0 : tried.retryAfterMs).toBeGreaterThan(9_000)
  const inner = locks.tryRun({ id: '8' }, () => locks.run({ id: '8' }, async () => 'never'))
  await expect(inner).rejects.toThrow(LockNotAcquiredError)
})

test('a wait that is no duration is refused', async () => {
  const { sale: locks } = await open({ sale })
  await expect(locks.run(id, async () => 0, { wait: 'long' as '1s' })).rejects.toThrow(DeclarationError)
})
