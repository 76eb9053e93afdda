import assert from 'node:assert/strict'
import type { SetStore } from '../port.ts'
import { type CollectionCase, HOUR_MS } from './harness.ts'

async function allOf(sets: SetStore, key: string, most: number): Promise<string[]> {
  const found = new Set<string>()
  let from: string | undefined
  let pages = 0
  do {
    const page = await sets.page(key, from, most)
    page.members.forEach((member) => found.add(member))
    from = page.next
    assert.ok(++pages < 1_000, 'the pages have no end')
  } while (from !== undefined)
  return [...found].toSorted()
}

/** Sets. */
export const setCases: readonly CollectionCase[] = [
  {
    name: 'sets: what is added is in, once, until it is removed',
    async run({ collections: { sets }, freshKey }) {
      const key = freshKey()
      assert.equal(await sets.include(key, ['a', 'b'], 10, HOUR_MS), 2)
      assert.equal(await sets.include(key, ['b', 'c:{d} ü'], 10, HOUR_MS), 1)
      assert.deepEqual(await sets.has(key, ['a', 'x', 'c:{d} ü']), [true, false, true])
      assert.equal(await sets.exclude(key, ['a', 'x']), 1)
      assert.deepEqual(await sets.has(key, ['a']), [false])
      assert.equal(await sets.count(key), 2)
      assert.deepEqual(await sets.has(freshKey(), ['a']), [false])
    },
  },
  {
    name: 'sets: beyond the bound nothing is added, and what is in may be added again',
    async run({ collections: { sets }, freshKey }) {
      const key = freshKey()
      assert.equal(await sets.include(key, ['a', 'b'], 3, HOUR_MS), 2)
      assert.equal(await sets.include(key, ['c', 'd'], 3, HOUR_MS), undefined)
      assert.deepEqual(await sets.has(key, ['c', 'd']), [false, false])
      assert.equal(await sets.include(key, ['a', 'c'], 3, HOUR_MS), 1)
      assert.equal(await sets.include(key, ['a', 'b', 'c'], 3, HOUR_MS), 0)
      // The bound was lowered since.
      assert.equal(await sets.include(key, ['a'], 2, HOUR_MS), 0)
      assert.equal(await sets.include(key, ['d'], 2, HOUR_MS), undefined)
    },
  },
  {
    name: 'sets: of many who add at once so many get in as there is room',
    async run({ collections: { sets }, freshKey }) {
      const key = freshKey()
      const added = await Promise.all(
        Array.from({ length: 40 }, (_, index) => sets.include(key, [`m${index}`], 25, HOUR_MS)),
      )
      assert.equal(added.filter((count) => count === 1).length, 25)
      assert.equal(await sets.count(key), 25)
    },
  },
  {
    name: 'sets: their pages show every member, also when others come and go meanwhile',
    async run({ collections: { sets }, freshKey }) {
      const [small, large] = [freshKey(), freshKey()]
      await sets.include(small, ['a', 'b'], 10, HOUR_MS)
      assert.deepEqual(await allOf(sets, small, 1), ['a', 'b'])
      assert.deepEqual(await allOf(sets, freshKey(), 10), [])
      const stay = Array.from({ length: 400 }, (_, index) => `stays ${index}`)
      const go = Array.from({ length: 400 }, (_, index) => `goes ${index}`)
      await sets.include(large, [...stay, ...go], 2_000, HOUR_MS)
      const first = await sets.page(large, undefined, 50)
      assert.ok(first.members.length >= 1 && first.next !== undefined)
      await sets.exclude(large, go)
      const rest: string[] = []
      for (let from: string | undefined = first.next; from !== undefined;) {
        const page = await sets.page(large, from, 50)
        rest.push(...page.members)
        from = page.next
      }
      const seen = new Set([...first.members, ...rest])
      assert.deepEqual(
        stay.filter((member) => !seen.has(member)),
        [],
      )
    },
  },
  {
    name: 'sets: they end so long after the last member was added, or with the last member',
    async run({ collections: { sets }, freshKey, eventually }) {
      const [short, empty] = [freshKey(), freshKey()]
      await sets.include(short, ['a'], 10, HOUR_MS)
      await sets.include(short, ['a'], 10, 30)
      await eventually(async () => (await sets.count(short)) === 0)
      await sets.include(empty, ['a'], 10, HOUR_MS)
      await sets.exclude(empty, ['a'])
      assert.equal(await sets.include(empty, ['b'], 1, HOUR_MS), 1)
    },
  },
]
