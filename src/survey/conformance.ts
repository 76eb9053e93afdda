import assert from 'node:assert/strict'
import type { ConformanceCase } from '../core/conformance.ts'
import type { SeenKey, StoredName, SurveyStore } from './port.ts'

/** What the suite needs: the survey of a store that nobody else uses, and ways to put something in. */
export interface SurveyHarness {
  readonly survey: SurveyStore
  /** Stores an entry of a cached keyspace under this key, kept for so long. */
  putEntry(key: string, keepMs: number): Promise<void>
  /** Takes the ticket of this key. */
  putTicket(key: string, keepMs: number): Promise<void>
  /** Puts the fence of a transaction on this key. Left out for a store that holds no strong keyspaces. */
  putFence?(key: string): Promise<void>
  /** Stores a generation under this name, for good. */
  putMark(name: string): Promise<void>
  freshKey(): string
}

async function namesOf(survey: SurveyStore): Promise<StoredName[]> {
  const names: StoredName[] = []
  let last = 0
  for await (const page of survey.pages()) {
    assert.ok(page.share >= last && page.share <= 1, `share went from ${last} to ${page.share}`)
    last = page.share
    names.push(...page.names)
  }
  assert.equal(last, 1)
  return names
}

async function lookAt(survey: SurveyStore, name: StoredName | undefined): Promise<SeenKey> {
  assert.ok(name)
  const [seen] = await survey.look([name.name], [true])
  assert.ok(seen)
  return seen
}

const HOUR_MS = 3_600_000

/** Surveys, as every store must make them. */
export const surveyConformance: readonly ConformanceCase<SurveyHarness>[] = [
  {
    name: 'every key is seen, and what it is for',
    async run({ survey, putEntry, putTicket, putFence, putMark, freshKey }) {
      const [entry, ticket, fence, mark] = [freshKey(), freshKey(), freshKey(), freshKey()]
      // A key with a hash tag has its ticket elsewhere.
      const tagged = `${freshKey()}:{u1}`
      await putEntry(entry, HOUR_MS)
      await putTicket(ticket, HOUR_MS)
      await putTicket(tagged, HOUR_MS)
      await putFence?.(fence)
      await putMark(mark)
      const names = await namesOf(survey)
      const partsOf = (key: string): string[] =>
        names.filter((each) => each.key === key).map(({ part }) => part)
      assert.deepEqual([entry, ticket, tagged, fence, mark].map(partsOf), [
        ['plain'],
        ['ticket'],
        ['ticket'],
        putFence ? ['strong'] : [],
        ['mark'],
      ])
    },
  },
  {
    name: 'a key is looked at: how long it is kept, how it begins, what it takes',
    async run({ survey, putEntry, putFence, freshKey }) {
      const [entry, fence] = [freshKey(), freshKey()]
      await putEntry(entry, HOUR_MS)
      await putFence?.(fence)
      const names = await namesOf(survey)
      const seen = await lookAt(
        survey,
        names.find(({ key }) => key === entry),
      )
      assert.ok(seen.ttlMs !== null && Math.abs(seen.ttlMs - HOUR_MS) < 5_000)
      assert.ok(seen.head?.startsWith('V'))
      assert.ok(seen.bytes !== null && seen.bytes > entry.length)
      if (!putFence) return
      const fenced = await lookAt(
        survey,
        names.find(({ key }) => key === fence),
      )
      assert.equal(fenced.ttlMs, null)
      assert.ok(fenced.head?.startsWith('F '))
    },
  },
  {
    name: 'what is gone is nothing, and sizes are not asked for without need',
    async run({ survey, putEntry, freshKey }) {
      const key = freshKey()
      await putEntry(key, HOUR_MS)
      const [absent, present] = await survey.look([freshKey(), key], [true, false])
      assert.equal(absent, null)
      assert.equal(present?.bytes, null)
    },
  },
  {
    name: 'many keys come page by page, each of them once',
    async run({ survey, putEntry, freshKey }) {
      const keys = Array.from({ length: 2_000 }, freshKey)
      for (let start = 0; start < keys.length; start += 200)
        await Promise.all(keys.slice(start, start + 200).map((key) => putEntry(key, HOUR_MS)))
      let pages = 0
      let largest = 0
      for await (const { names } of survey.pages()) {
        pages++
        largest = Math.max(largest, names.length)
      }
      assert.ok(pages > 3 && largest < 1_000, `${pages} pages of up to ${largest} keys`)
      const seen = new Set((await namesOf(survey)).map(({ key }) => key))
      assert.deepEqual(
        keys.filter((key) => !seen.has(key)),
        [],
      )
    },
  },
]
