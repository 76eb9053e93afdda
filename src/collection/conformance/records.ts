import assert from 'node:assert/strict'
import type { Revised } from '../port.ts'
import { type CollectionCase, HOUR_MS } from './harness.ts'

function versionOf(revised: Revised): number {
  assert.ok('version' in revised, 'it was not replaced')
  return revised.version
}

/** Records. */
export const recordCases: readonly CollectionCase[] = [
  {
    name: 'records: one is replaced only if it has the version that is expected; else it is told',
    async run({ collections: { records }, freshKey }) {
      const key = freshKey()
      assert.deepEqual(await records.revise(key, 1, 'a', HOUR_MS), { present: undefined })
      const first = versionOf(await records.revise(key, 0, 'a\nü', HOUR_MS))
      const stored = { version: first, text: 'a\nü' }
      assert.deepEqual(await records.read([freshKey(), key]), [undefined, stored])
      assert.deepEqual(await records.revise(key, 0, 'b', HOUR_MS), { present: stored })
      const second = versionOf(await records.revise(key, first, 'b', HOUR_MS))
      const third = versionOf(await records.revise(key, undefined, 'c', HOUR_MS))
      assert.ok(first < second && second < third, `${first}, ${second}, ${third} do not grow`)
      assert.deepEqual(await records.read([key]), [{ version: third, text: 'c' }])
    },
  },
  {
    name: 'records: versions grow also after one was removed',
    async run({ collections: { records }, freshKey }) {
      const key = freshKey()
      const first = versionOf(await records.revise(key, undefined, 'a', HOUR_MS))
      assert.deepEqual(await records.revise(key, first - 1, undefined, HOUR_MS), {
        present: { version: first, text: 'a' },
      })
      assert.equal(versionOf(await records.revise(key, first, undefined, HOUR_MS)), 0)
      assert.equal(versionOf(await records.revise(key, 0, undefined, HOUR_MS)), 0)
      assert.deepEqual(await records.read([key]), [undefined])
      const later = versionOf(await records.revise(key, 0, 'a', HOUR_MS))
      assert.ok(later >= first, `${later} is less than ${first}`)
    },
  },
  {
    name: 'records: of many who expect the same version one replaces it',
    async run({ collections: { records }, freshKey }) {
      const key = freshKey()
      const first = versionOf(await records.revise(key, 0, 'a', HOUR_MS))
      const revised = await Promise.all(
        Array.from({ length: 20 }, (_, index) => records.revise(key, first, `by ${index}`, HOUR_MS)),
      )
      assert.equal(revised.filter((each) => 'version' in each).length, 1)
    },
  },
  {
    name: 'records: they end so long after the last change, or never',
    async run({ collections: { records }, freshKey, eventually }) {
      const [short, kept] = [freshKey(), freshKey()]
      await records.revise(kept, undefined, 'a', 30)
      await records.revise(kept, undefined, 'b', null)
      await records.revise(short, undefined, 'a', 30)
      await eventually(async () => (await records.read([short]))[0] === undefined)
      assert.equal((await records.read([kept]))[0]?.text, 'b')
    },
  },
]
