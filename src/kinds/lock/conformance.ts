import assert from 'node:assert/strict'
import type { ConformanceCase } from '../../core/conformance.ts'
import type { LockStore } from './port.ts'

/** What the suite needs: the locks of one store, and keys that nobody used before. */
export interface LockHarness {
  readonly locks: LockStore
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

const LONG_MS = 60_000

/** Whether `owner` gets the lock; it does not wait for it. */
async function gets(locks: LockStore, key: string, owner: string, leaseMs = LONG_MS): Promise<boolean> {
  return 'count' in (await locks.acquire(key, owner, leaseMs, false))
}

/** Locks, as every store must keep them. */
export const lockConformance: readonly ConformanceCase<LockHarness>[] = [
  {
    name: 'of many who ask, one gets the lock',
    async run({ locks, freshKey }) {
      const key = freshKey()
      const granted = await Promise.all(['a', 'b', 'c', 'd'].map((owner) => gets(locks, key, owner)))
      assert.equal(granted.filter(Boolean).length, 1)
    },
  },
  {
    name: 'a lock given back can be taken by another',
    async run({ locks, freshKey }) {
      const key = freshKey()
      assert.equal(await gets(locks, key, 'a'), true)
      assert.equal(await locks.release(key, 'a'), true)
      assert.equal(await gets(locks, key, 'b'), true)
    },
  },
  {
    name: 'only its owner gives a lock back, or renews it',
    async run({ locks, freshKey }) {
      const key = freshKey()
      await gets(locks, key, 'a')
      assert.equal(await locks.release(key, 'b'), false)
      assert.equal(await locks.extend(key, 'b', LONG_MS), false)
      assert.equal(await gets(locks, key, 'b'), false)
      assert.equal(await locks.extend(key, 'a', LONG_MS), true)
    },
  },
  {
    name: 'the count grows with every grant, and is below 2^41',
    async run({ locks, freshKey }) {
      const key = freshKey()
      let last = 0
      for (let grant = 0; grant < 20; grant++) {
        const acquired = await locks.acquire(key, 'a', LONG_MS, false)
        assert.ok('count' in acquired)
        const { count } = acquired
        assert.ok(Number.isSafeInteger(count) && count > last && count < 2 ** 41, `${count} after ${last}`)
        last = count
        await locks.release(key, 'a')
      }
    },
  },
  {
    name: 'who does not get it is told for how long it is held',
    async run({ locks, freshKey }) {
      const key = freshKey()
      await gets(locks, key, 'a', 5_000)
      const refused = await locks.acquire(key, 'b', LONG_MS, false)
      assert.ok('heldForMs' in refused)
      assert.ok(refused.heldForMs > 3_000 && refused.heldForMs <= 5_000, `${refused.heldForMs} ms`)
    },
  },
  {
    name: 'a lease ends by itself, and giving it back or renewing it then does nothing',
    async run({ locks, freshKey, eventually }) {
      const key = freshKey()
      assert.equal(await gets(locks, key, 'dead', 30), true)
      await eventually(() => gets(locks, key, 'next'))
      assert.equal(await locks.release(key, 'dead'), false)
      assert.equal(await locks.extend(key, 'dead', LONG_MS), false)
      assert.equal(await gets(locks, key, 'third'), false)
    },
  },
  {
    name: 'a renewed lease lasts longer, and may be made shorter',
    async run({ locks, freshKey, eventually }) {
      const key = freshKey()
      await gets(locks, key, 'a', 1_000)
      assert.equal(await locks.extend(key, 'a', LONG_MS), true)
      const refused = await locks.acquire(key, 'b', LONG_MS, false)
      assert.ok('heldForMs' in refused && refused.heldForMs > 30_000)
      assert.equal(await locks.extend(key, 'a', 30), true)
      await eventually(() => gets(locks, key, 'b'))
    },
  },
  {
    name: 'a lock given back is kept for who waits longest, and those who watch are told',
    async run({ locks, freshKey, eventually }) {
      const key = freshKey()
      const woken: string[] = []
      const unwatch = locks.watch((of) => void woken.push(of))
      await gets(locks, key, 'a')
      for (const owner of ['first', 'second', 'first'])
        assert.ok('heldForMs' in (await locks.acquire(key, owner, LONG_MS, true)))
      assert.equal(await locks.release(key, 'a'), true)
      await eventually(() => woken.includes(key))
      assert.equal(await gets(locks, key, 'passer-by'), false)
      assert.equal(await gets(locks, key, 'second'), false)
      assert.ok('count' in (await locks.acquire(key, 'first', LONG_MS, true)))
      await locks.release(key, 'first')
      assert.ok('count' in (await locks.acquire(key, 'second', LONG_MS, true)))
      await locks.release(key, 'second')
      assert.equal(await gets(locks, key, 'passer-by'), true)
      unwatch()
      const before = woken.length
      await locks.acquire(key, 'later', LONG_MS, true)
      await locks.release(key, 'passer-by')
      assert.equal(woken.length, before)
    },
  },
  {
    name: 'who leaves the line is not waited for, and passes on what was kept for it',
    async run({ locks, freshKey }) {
      const key = freshKey()
      await gets(locks, key, 'a')
      for (const owner of ['first', 'second', 'third']) await locks.acquire(key, owner, LONG_MS, true)
      assert.equal(await locks.release(key, 'first'), false)
      await locks.release(key, 'a')
      assert.equal(await locks.release(key, 'second'), true)
      assert.equal(await gets(locks, key, 'passer-by'), false)
      assert.equal(await gets(locks, key, 'third'), true)
    },
  },
  {
    name: 'what is kept for one who never comes is free after a while',
    async run({ locks, freshKey, eventually }) {
      const key = freshKey()
      await gets(locks, key, 'a')
      await locks.acquire(key, 'dead', LONG_MS, true)
      await locks.release(key, 'a')
      assert.equal(await gets(locks, key, 'next'), false)
      await eventually(() => gets(locks, key, 'next'))
    },
  },
]
