import assert from 'node:assert/strict'
import { type Case, claim, LONG_MS, one, payloadOf, value } from './conformance-case.ts'
import { NO_ENTRY, parseEntry } from './entry.ts'

/** Claims and fills of several keys at a time. */
export const severalAtOnce: readonly Case[] = [
  one('several tickets are taken at once, each for itself', async (entries, key, { freshKey }) => {
    const [taken, free] = [key, freshKey()]
    await claim(entries, taken, 'theirs')
    assert.deepEqual(await entries.claimMany([taken, free], ['a', 'b'], LONG_MS), ['theirs', 'b'])
    assert.equal(await claim(entries, free, 'late'), 'b')
    assert.deepEqual(await entries.claimMany([], [], LONG_MS), [])
  }),

  one('several values are filled at once, each for itself', async (entries, key, { freshKey }) => {
    const keys = [key, ...Array.from({ length: 120 }, freshKey)]
    const [overtaken, replaced, changed] = keys as [string, string, string]
    await entries.put(replaced, 'old', value('"old"'), LONG_MS)
    await entries.put(changed, 'newer', value('"newer"'), LONG_MS)
    await entries.claimMany(
      keys,
      keys.map((each) => `by-${each}`),
      LONG_MS,
    )
    await entries.remove([overtaken])
    const fills = keys.map((each, index) => ({
      key: each,
      ticket: `by-${each}`,
      base: each === replaced || each === changed ? 'old' : NO_ENTRY,
      value: value(`"${index}"`, 1_000 + index),
      ageMs: 0,
      keepMs: LONG_MS,
    }))
    const stored = await entries.fillMany(fills)
    assert.deepEqual(
      stored.map((isStored, index) => (isStored ? '' : keys[index])).filter((each) => each !== ''),
      [overtaken, changed],
    )
    assert.equal(await payloadOf(entries, overtaken), undefined)
    assert.equal(await payloadOf(entries, changed), '"newer"')
    for (const index of [1, 3, 49, 50, 51, 120]) {
      const entry = parseEntry((await entries.read(keys[index] as string)) ?? '')
      assert.deepEqual([entry?.payload, entry?.ttlMs], [`"${index}"`, 1_000 + index])
    }
    assert.equal(await claim(entries, changed, 'next'), 'next', 'a refused fill uses its ticket up')
    assert.deepEqual(await entries.fillMany([]), [])
  }),

  one('large values are filled together with small ones', async (entries, key, { freshKey }) => {
    const keys = [key, freshKey(), freshKey(), freshKey()]
    const payloads = ['"a"', JSON.stringify('x'.repeat(200_000)), '"b"', JSON.stringify('ž'.repeat(90_000))]
    await entries.claimMany(
      keys,
      keys.map(() => 'mine'),
      LONG_MS,
    )
    const stored = await entries.fillMany(
      keys.map((each, index) => {
        const filled = value(payloads[index] as string)
        return { key: each, ticket: 'mine', base: NO_ENTRY, value: filled, ageMs: 0, keepMs: LONG_MS }
      }),
    )
    assert.deepEqual(stored, [true, true, true, true])
    for (const [index, each] of keys.entries()) assert.equal(await payloadOf(entries, each), payloads[index])
  }),
]
