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

/** Locks, as every store must keep them. */
export const lockConformance: readonly ConformanceCase<LockHarness>[] = [
  {
    name: 'of many who ask, one gets the lock',
    async run({ locks, freshKey }) {
      const key = freshKey()
      const granted = await Promise.all(
        ['a', 'b', 'c', 'd'].map((owner) => locks.acquire(key, owner, LONG_MS)),
      )
      assert.equal(granted.filter((token) => token !== null).length, 1)
    },
  },
  {
    name: 'a lock given back can be taken by another',
    async run({ locks, freshKey }) {
      const key = freshKey()
      assert.notEqual(await locks.acquire(key, 'a', LONG_MS), null)
      assert.equal(await locks.release(key, 'a'), true)
      assert.notEqual(await locks.acquire(key, 'b', LONG_MS), null)
    },
  },
  {
    name: 'only its owner gives a lock back',
    async run({ locks, freshKey }) {
      const key = freshKey()
      await locks.acquire(key, 'a', LONG_MS)
      assert.equal(await locks.release(key, 'b'), false)
      assert.equal(await locks.acquire(key, 'b', LONG_MS), null)
    },
  },
  {
    name: 'the fencing token grows with every grant',
    async run({ locks, freshKey }) {
      const key = freshKey()
      let last = 0
      for (let grant = 0; grant < 20; grant++) {
        const token = await locks.acquire(key, 'a', LONG_MS)
        assert.ok(token !== null && Number.isSafeInteger(token) && token > last)
        last = token
        await locks.release(key, 'a')
      }
    },
  },
  {
    name: 'a lease ends by itself, and giving it back then does nothing',
    async run({ locks, freshKey, eventually }) {
      const key = freshKey()
      assert.notEqual(await locks.acquire(key, 'dead', 30), null)
      await eventually(async () => (await locks.acquire(key, 'next', LONG_MS)) !== null)
      assert.equal(await locks.release(key, 'dead'), false)
      assert.equal(await locks.acquire(key, 'third', LONG_MS), null)
    },
  },
]
