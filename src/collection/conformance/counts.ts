import assert from 'node:assert/strict'
import { type CollectionCase, HOUR_MS } from './harness.ts'

const LARGEST = 2n ** 63n - 1n

/** Counts. */
export const countCases: readonly CollectionCase[] = [
  {
    name: 'counts: what many add at once is all there, and each is told another count',
    async run({ collections: { counts }, freshKey }) {
      const key = freshKey()
      const told = await Promise.all(Array.from({ length: 50 }, () => counts.add(key, 3n, HOUR_MS)))
      assert.equal(new Set(told).size, 50)
      assert.deepEqual(await counts.read([key, freshKey(), key]), [150n, 0n, 150n])
      assert.equal(await counts.add(key, -151n, HOUR_MS), -1n)
    },
  },
  {
    name: 'counts: they are exact up to 64 bits, and what would leave these changes nothing',
    async run({ collections: { counts }, freshKey }) {
      const key = freshKey()
      assert.equal(await counts.add(key, LARGEST - 2n, HOUR_MS), LARGEST - 2n)
      assert.equal(await counts.add(key, 1n, HOUR_MS), LARGEST - 1n)
      assert.equal(await counts.add(key, 2n, HOUR_MS), undefined)
      assert.deepEqual(await counts.read([key]), [LARGEST - 1n])
      const low = freshKey()
      await counts.add(low, -LARGEST, null)
      assert.equal(await counts.add(low, -1n, null), -LARGEST - 1n)
      assert.equal(await counts.add(low, -1n, null), undefined)
    },
  },
  {
    name: 'counts: they end so long after the last change, or never',
    async run({ collections: { counts }, freshKey, eventually }) {
      const [short, kept] = [freshKey(), freshKey()]
      await counts.add(kept, 1n, 30)
      await counts.add(kept, 1n, null)
      await counts.add(short, 1n, HOUR_MS)
      await counts.add(short, 1n, 30)
      await eventually(async () => (await counts.read([short]))[0] === 0n)
      assert.deepEqual(await counts.read([kept]), [2n])
    },
  },
]
