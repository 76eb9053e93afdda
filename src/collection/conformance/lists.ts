import assert from 'node:assert/strict'
import { type CollectionCase, HOUR_MS } from './harness.ts'

/** Lists. */
export const listCases: readonly CollectionCase[] = [
  {
    name: 'lists: the latest comes first, and the oldest go beyond the bound',
    async run({ collections: { lists }, freshKey }) {
      const key = freshKey()
      assert.equal(await lists.push(key, ['a', 'b'], 4, HOUR_MS), 2)
      assert.equal(await lists.push(key, ['c'], 4, HOUR_MS), 3)
      assert.deepEqual(await lists.latest(key, 0, 10), ['c', 'b', 'a'])
      assert.deepEqual(await lists.latest(key, 1, 1), ['b'])
      assert.equal(await lists.push(key, ['d', 'e', 'b'], 4, HOUR_MS), 4)
      assert.deepEqual(await lists.latest(key, 0, 10), ['b', 'e', 'd', 'c'])
      assert.equal(await lists.push(key, ['1', '2', '3'], 2, HOUR_MS), 2)
      assert.deepEqual(await lists.latest(key, 0, 10), ['3', '2'])
      assert.deepEqual(await lists.latest(key, 2, 10), [])
      assert.equal(await lists.count(key), 2)
      assert.equal(await lists.count(freshKey()), 0)
    },
  },
  {
    name: 'lists: of many who add at once nothing is lost within the bound',
    async run({ collections: { lists }, freshKey }) {
      const key = freshKey()
      const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`)
      await Promise.all(texts.map((text) => lists.push(key, [text], 100, HOUR_MS)))
      assert.deepEqual((await lists.latest(key, 0, 100)).toSorted(), texts.toSorted())
    },
  },
  {
    name: 'lists: they end so long after the last text, or never',
    async run({ collections: { lists }, freshKey, eventually }) {
      const [short, kept] = [freshKey(), freshKey()]
      await lists.push(kept, ['a'], 10, 30)
      await lists.push(kept, ['b'], 10, null)
      await lists.push(short, ['a'], 10, 30)
      await eventually(async () => (await lists.count(short)) === 0)
      assert.equal(await lists.count(kept), 2)
    },
  },
]
