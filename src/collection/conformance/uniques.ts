import assert from 'node:assert/strict'
import { type CollectionCase, HOUR_MS } from './harness.ts'

/** Unique counts. */
export const uniqueCases: readonly CollectionCase[] = [
  {
    name: 'uniques: each is counted once, under one key and under several together',
    async run({ collections: { uniques }, freshKey }) {
      // One slot of a Cluster.
      const [a, b] = [`${freshKey()}:{u}`, `${freshKey()}:{u}`]
      assert.equal(await uniques.note(a, ['x', 'y', 'z'], HOUR_MS), true)
      assert.equal(await uniques.note(a, ['y'], HOUR_MS), false)
      await uniques.note(b, ['z', 'ü 😀'], null)
      assert.equal(await uniques.count([a]), 3)
      assert.equal(await uniques.count([b]), 2)
      assert.equal(await uniques.count([a, b, a, `${freshKey()}:{u}`]), 4)
      assert.equal(await uniques.count([freshKey()]), 0)
    },
  },
  {
    name: 'uniques: of many it is off by a few of a hundred at most',
    async run({ collections: { uniques }, freshKey }) {
      const key = freshKey()
      for (let batch = 0; batch < 20; batch++) {
        const members = Array.from({ length: 1_000 }, (_, index) => `member ${batch * 500 + index}`)
        await uniques.note(key, members, HOUR_MS)
      }
      const counted = await uniques.count([key])
      assert.ok(Math.abs(counted - 10_500) < 500, `${counted} is far from 10,500`)
    },
  },
  {
    name: 'uniques: they end so long after the last change',
    async run({ collections: { uniques }, freshKey, eventually }) {
      const key = freshKey()
      await uniques.note(key, ['a'], 30)
      await eventually(async () => (await uniques.count([key])) === 0)
    },
  },
]
