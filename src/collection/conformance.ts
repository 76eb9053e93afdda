import assert from 'node:assert/strict'
import { countCases } from './conformance/counts.ts'
import { type CollectionCase, HOUR_MS } from './conformance/harness.ts'
import { listCases } from './conformance/lists.ts'
import { placeCases } from './conformance/places.ts'
import { rankingCases } from './conformance/rankings.ts'
import { recordCases } from './conformance/records.ts'
import { setCases } from './conformance/sets.ts'
import { uniqueCases } from './conformance/uniques.ts'

export type { CollectionHarness } from './conformance/harness.ts'

/** Collections, as every store must keep them. */
export const collectionConformance: readonly CollectionCase[] = [
  {
    name: 'the clock is that of a calendar',
    async run({ collections, freshKey }) {
      assert.ok(collections.now(freshKey()) > Date.UTC(2024, 0, 1))
    },
  },
  {
    name: 'whatever was collected can be removed, once',
    async run({ collections, freshKey }) {
      const [count, unique, set, ranking] = [freshKey(), freshKey(), freshKey(), freshKey()]
      await collections.counts.add(count, 1n, HOUR_MS)
      await collections.uniques.note(unique, ['a'], HOUR_MS)
      await collections.sets.include(set, ['a'], 10, HOUR_MS)
      const rules = { keepMs: HOUR_MS, max: 10, drop: null, isExact: false }
      await collections.rankings.score(ranking, 'set', [{ member: 'a', score: 1 }], rules)
      for (const key of [count, unique, set, ranking]) {
        assert.equal(await collections.clear(key), true)
        assert.equal(await collections.clear(key), false)
      }
      assert.deepEqual(await collections.counts.read([count]), [0n])
      assert.equal(await collections.uniques.count([unique]), 0)
      assert.equal(await collections.sets.count(set), 0)
    },
  },
  ...countCases,
  ...uniqueCases,
  ...setCases,
  ...rankingCases,
  ...placeCases,
  ...listCases,
  ...recordCases,
]
