import assert from 'node:assert/strict'
import type { ConformanceCase } from '../core/conformance.ts'
import type { Counted, Tally, TallyStore } from './port.ts'

/** What the suite needs: the tallies of one store, and names that nobody used before. */
export interface TallyHarness {
  readonly tallies: TallyStore
  freshKey(): string
  /** Milliseconds since 1970 by the store's clock, to about a second. */
  now(): number
}

function counted(counts: Counted['counts'], ages: Partial<Counted> = {}): Counted {
  return { counts, refreshAgeMs: undefined, failureAgeMs: undefined, ...ages }
}

const NOTHING = counted({})

async function readOne(tallies: TallyStore, keyspace: string): Promise<Tally> {
  const [tally] = await tallies.read([keyspace])
  assert.ok(tally)
  return tally
}

/** Tallies, as every store must keep them. */
export const tallyConformance: readonly ConformanceCase<TallyHarness>[] = [
  {
    name: 'what was never counted is nothing',
    async run({ tallies, freshKey }) {
      const nothing = { counts: {}, sinceMs: null, refreshedMs: null, failedMs: null }
      assert.deepEqual(await tallies.read([freshKey(), freshKey()]), [nothing, nothing])
    },
  },
  {
    name: 'it is the sum of what all writers counted',
    async run({ tallies, freshKey, now }) {
      const key = freshKey()
      assert.equal(await tallies.report(key, 'a', NOTHING), false)
      assert.equal(await tallies.report(key, 'b', NOTHING), false)
      assert.equal(await tallies.report(key, 'a', counted({ hits: 3, loads: 1 })), true)
      assert.equal(await tallies.report(key, 'b', counted({ hits: 4 })), true)
      assert.equal(await tallies.report(key, 'a', counted({ hits: 5, loads: 1, sets: 2 })), true)
      const { counts, sinceMs } = await readOne(tallies, key)
      assert.deepEqual(counts, { hits: 9, loads: 1, sets: 2 })
      assertAbout(sinceMs, now())
    },
  },
  {
    name: 'a report that comes twice, or late, adds nothing',
    async run({ tallies, freshKey }) {
      const key = freshKey()
      await tallies.report(key, 'a', NOTHING)
      const [early, late] = [counted({ hits: 3, loads: 2 }), counted({ hits: 5 })]
      for (const each of [early, early, late, early, NOTHING, late]) await tallies.report(key, 'a', each)
      assert.deepEqual((await readOne(tallies, key)).counts, { hits: 5, loads: 2 })
      await tallies.report(key, 'a', early)
      assert.deepEqual((await readOne(tallies, key)).counts, { hits: 5, loads: 2 })
      await tallies.report(key, 'a', counted({ hits: 6, loads: 3 }))
      assert.deepEqual((await readOne(tallies, key)).counts, { hits: 6, loads: 3 })
    },
  },
  {
    name: 'of a writer that is not known the first report only says where it stands',
    async run({ tallies, freshKey }) {
      const key = freshKey()
      assert.equal(await tallies.report(key, 'a', counted({ hits: 1_000 })), false)
      assert.deepEqual((await readOne(tallies, key)).counts, {})
      assert.equal(await tallies.report(key, 'a', counted({ hits: 1_001 })), true)
      assert.deepEqual((await readOne(tallies, key)).counts, { hits: 1 })
    },
  },
  {
    name: 'reports at the same time are all counted',
    async run({ tallies, freshKey }) {
      const key = freshKey()
      const writers = Array.from({ length: 20 }, (_, index) => `w${index}`)
      await Promise.all(writers.map((writer) => tallies.report(key, writer, NOTHING)))
      await Promise.all(
        writers.flatMap((writer) => [1, 2, 3].map((hits) => tallies.report(key, writer, counted({ hits })))),
      )
      assert.deepEqual((await readOne(tallies, key)).counts, { hits: 60 })
    },
  },
  {
    name: 'counts stay exact up to 2^53',
    async run({ tallies, freshKey }) {
      const key = freshKey()
      await tallies.report(key, 'a', NOTHING)
      await tallies.report(key, 'a', counted({ hits: 2 ** 53 - 3 }))
      await tallies.report(key, 'a', counted({ hits: 2 ** 53 - 2 }))
      assert.deepEqual((await readOne(tallies, key)).counts, { hits: 2 ** 53 - 2 })
    },
  },
  {
    name: 'the latest refresh and the latest failure of all count, by the clock of the store',
    async run({ tallies, freshKey, now }) {
      const key = freshKey()
      await tallies.report(key, 'a', counted({}, { refreshAgeMs: 60_000 }))
      await tallies.report(key, 'b', counted({}, { refreshAgeMs: 20_000, failureAgeMs: 50_000 }))
      await tallies.report(key, 'c', counted({}, { refreshAgeMs: 90_000 }))
      const { refreshedMs, failedMs } = await readOne(tallies, key)
      assertAbout(refreshedMs, now() - 20_000)
      assertAbout(failedMs, now() - 50_000)
    },
  },
  {
    name: 'each keyspace has a tally of its own, in the order of the question',
    async run({ tallies, freshKey }) {
      const [first, second] = [freshKey(), freshKey()]
      for (const [key, hits] of [
        [first, 1],
        [second, 2],
      ] as const) {
        await tallies.report(key, 'a', NOTHING)
        await tallies.report(key, 'a', counted({ hits }))
      }
      const read = await tallies.read([second, first])
      assert.deepEqual(
        read.map(({ counts }) => counts),
        [{ hits: 2 }, { hits: 1 }],
      )
    },
  },
]

function assertAbout(actualMs: number | null, expectedMs: number): void {
  assert.ok(
    actualMs !== null && Math.abs(actualMs - expectedMs) < 2_000,
    `${actualMs} is not about ${expectedMs}`,
  )
}
