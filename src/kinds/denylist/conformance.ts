import assert from 'node:assert/strict'
import type { ConformanceCase } from '../../core/conformance.ts'
import type { DenylistStore } from './port.ts'

/** What the suite needs: what one store notes as denied, and keys that nobody used before. */
export interface DenylistHarness {
  readonly denied: DenylistStore
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

/** What is denied, as every store must note it. */
export const denylistConformance: readonly ConformanceCase<DenylistHarness>[] = [
  {
    name: 'what was denied is denied, and nothing else',
    async run({ denied, freshKey }) {
      const key = freshKey()
      assert.equal(await denied.isDenied(key), false)
      await denied.deny(key, 60_000)
      assert.equal(await denied.isDenied(key), true)
      assert.equal(await denied.isDenied(freshKey()), false)
    },
  },
  {
    name: 'it ends with its time, and the longest counts',
    async run({ denied, freshKey, eventually }) {
      const [short, long] = [freshKey(), freshKey()]
      for (const keepMs of [60_000, 150]) await denied.deny(long, keepMs)
      await denied.deny(short, 150)
      await eventually(async () => !(await denied.isDenied(short)))
      assert.equal(await denied.isDenied(long), true)
    },
  },
]
