import assert from 'node:assert/strict'
import type { ConformanceCase } from '../../core/conformance.ts'
import type { LimiterStore } from './port.ts'

/** What the suite needs: the limits of one store, and keys that nobody used before. */
export interface LimiterHarness {
  readonly limits: LimiterStore
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

/** Nothing comes back while a test runs. */
const HOUR_MS = 3_600_000

/** Limits, as every store must count them. */
export const limiterConformance: readonly ConformanceCase<LimiterHarness>[] = [
  {
    name: 'so many are allowed, all at once, and no more',
    async run({ limits, freshKey }) {
      const key = freshKey()
      const taken = await Promise.all(Array.from({ length: 50 }, () => limits.take(key, 10, HOUR_MS, 1)))
      assert.equal(taken.filter(({ allowed }) => allowed).length, 10)
      const remaining = taken.filter(({ allowed }) => allowed).map((state) => state.remaining)
      assert.deepEqual(
        remaining.toSorted((a, b) => a - b),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      )
    },
  },
  {
    name: 'roundings neither give a unit away nor keep one',
    async run({ limits, freshKey }) {
      for (const limit of [3, 7, 997, 3_001]) {
        const key = freshKey()
        const ask = (): Promise<{ allowed: boolean }> => limits.take(key, limit, HOUR_MS, 1)
        const taken = await Promise.all(Array.from({ length: limit + 5 }, ask))
        assert.equal(taken.filter(({ allowed }) => allowed).length, limit)
      }
    },
  },
  {
    name: 'what is denied consumes nothing',
    async run({ limits, freshKey }) {
      const key = freshKey()
      assert.equal((await limits.take(key, 10, HOUR_MS, 8)).remaining, 2)
      for (let denial = 0; denial < 5; denial++) {
        const { allowed, remaining } = await limits.take(key, 10, HOUR_MS, 3)
        assert.deepEqual({ allowed, remaining }, { allowed: false, remaining: 2 })
      }
      assert.equal((await limits.take(key, 10, HOUR_MS, 2)).allowed, true)
    },
  },
  {
    name: 'it says how long until what was asked for is there, and until all is',
    async run({ limits, freshKey }) {
      const key = freshKey()
      const first = await limits.take(key, 10, HOUR_MS, 10)
      assert.equal(first.retryAfterMs, 0)
      assertAbout(first.resetMs, HOUR_MS)
      const denied = await limits.take(key, 10, HOUR_MS, 4)
      assert.equal(denied.allowed, false)
      assertAbout(denied.retryAfterMs, HOUR_MS * 0.4)
      assertAbout(denied.resetMs, HOUR_MS)
    },
  },
  {
    name: 'units come back one by one',
    async run({ limits, freshKey, eventually }) {
      const key = freshKey()
      assert.equal((await limits.take(key, 4, 400, 4)).allowed, true)
      assert.equal((await limits.take(key, 4, 400, 1)).allowed, false)
      await eventually(async () => (await limits.take(key, 4, 400, 1)).allowed)
      await eventually(async () => (await limits.take(key, 4, 400, 4)).allowed)
    },
  },
  {
    name: 'each key has a limit of its own',
    async run({ limits, freshKey }) {
      assert.equal((await limits.take(freshKey(), 1, HOUR_MS, 1)).allowed, true)
      assert.equal((await limits.take(freshKey(), 1, HOUR_MS, 1)).allowed, true)
    },
  },
  {
    name: 'a lower rate counts what was taken under the higher one, for at most its own period',
    async run({ limits, freshKey, eventually }) {
      const key = freshKey()
      await limits.take(key, 10, HOUR_MS, 10)
      const { allowed, resetMs } = await limits.take(key, 1, 50, 1)
      assert.equal(allowed, false)
      assert.ok(resetMs <= 51, `all is free in ${resetMs} ms`)
      await eventually(async () => (await limits.take(key, 1, 50, 1)).allowed)
    },
  },
]

function assertAbout(actualMs: number, expectedMs: number): void {
  assert.ok(Math.abs(actualMs - expectedMs) < 5_000, `${actualMs} ms is not about ${expectedMs} ms`)
}
