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
      assert.equal(granted.filter(Boolean).length, 1)
    },
  },
  {
    name: 'a lock given back can be taken by another',
    async run({ locks, freshKey }) {
      const key = freshKey()
      assert.equal(await locks.acquire(key, 'a', LONG_MS), true)
      assert.equal(await locks.release(key, 'a'), true)
      assert.equal(await locks.acquire(key, 'b', LONG_MS), true)
    },
  },
  {
    name: 'only its owner gives a lock back',
    async run({ locks, freshKey }) {
      const key = freshKey()
      await locks.acquire(key, 'a', LONG_MS)
      assert.equal(await locks.release(key, 'b'), false)
      assert.equal(await locks.acquire(key, 'b', LONG_MS), false)
    },
  },
  {
    name: 'a lease ends by itself, and giving it back then does nothing',
    async run({ locks, freshKey, eventually }) {
      const key = freshKey()
      assert.equal(await locks.acquire(key, 'dead', 30), true)
      await eventually(() => locks.acquire(key, 'next', LONG_MS))
      assert.equal(await locks.release(key, 'dead'), false)
      assert.equal(await locks.acquire(key, 'third', LONG_MS), false)
    },
  },
]
