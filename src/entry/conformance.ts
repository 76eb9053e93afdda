import assert from 'node:assert/strict'
import type { ConformanceCase } from '../core/conformance.ts'
import { formatTail, type NewValue, parseEntry } from './entry.ts'
import type { EntryStore } from './port.ts'

/** What the suite needs: clients of one store, and keys that nobody used before. */
export interface EntryHarness {
  /** A client with a connection of its own. `changes` lists what it was told that others changed. */
  client(): Promise<{ readonly entries: EntryStore; readonly changes: readonly string[] }>
  /** A key that this run did not use yet. */
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

const LONG_MS = 60_000

/** A value entry that says `payload`. */
function value(payload: string, ttlMs = LONG_MS): NewValue {
  return { ttlMs, flag: 'j', version: 1, payload }
}

async function payloadOf(entries: EntryStore, key: string): Promise<string | undefined> {
  const raw = await entries.read(key)
  const entry = raw === null ? undefined : parseEntry(raw)
  return entry?.state === 'value' ? entry.payload : undefined
}

type Case = ConformanceCase<EntryHarness>

/** A case with one client and one fresh key, which is all that most need. */
function one(
  name: string,
  run: (entries: EntryStore, key: string, harness: EntryHarness) => Promise<void>,
): Case {
  return { name, run: async (harness) => run((await harness.client()).entries, harness.freshKey(), harness) }
}

/** The entry protocol, as every store must keep it. */
export const entryConformance: readonly Case[] = [
  one('an absent key reads as null', async (entries, key) => {
    assert.equal(await entries.read(key), null)
    assert.deepEqual(await entries.readMany([key, key]), [null, null])
  }),

  one('a value that was put reads back, with its birth on the clock of the store', async (entries, key) => {
    const before = entries.now()
    await entries.put(key, 'token', value('{"text":"žluťoučký 🐎\\n"}'), LONG_MS)
    const entry = parseEntry((await entries.read(key)) ?? '')
    assert(entry.state === 'value')
    assert.equal(entry.payload, '{"text":"žluťoučký 🐎\\n"}')
    assert.equal(entry.ttlMs, LONG_MS)
    assert.equal(entry.refreshing, false)
    assert(Math.abs(entry.bornMs - before) < 1_000, `born ${entry.bornMs}, asked at ${before}`)
  }),

  one('readMany answers in the order of the keys', async (entries, key, { freshKey }) => {
    const other = freshKey()
    await entries.put(key, 'a', value('1'), LONG_MS)
    await entries.put(other, 'b', value('2'), LONG_MS)
    const raws = await entries.readMany([other, freshKey(), key])
    assert.deepEqual(
      raws.map((raw) => raw?.slice(raw.indexOf('\n') + 1)),
      ['2', undefined, '1'],
    )
  }),

  one('of many who claim an absent key, one is granted', async (entries, key) => {
    const granted = await Promise.all(
      ['a', 'b', 'c', 'd'].map((ticket) => entries.claim(key, ticket, LONG_MS)),
    )
    assert.equal(granted.filter(Boolean).length, 1)
    assert.equal(parseEntry((await entries.read(key)) ?? '').state, 'loading')
  }),

  one('the holder of the ticket fills; its value is as old as its load', async (entries, key) => {
    assert.equal(await entries.claim(key, 'mine', LONG_MS), true)
    assert.equal(await entries.fill(key, 'mine', value('"loaded"'), 5_000, LONG_MS), true)
    const entry = parseEntry((await entries.read(key)) ?? '')
    assert(entry.state === 'value')
    assert(Math.abs(entries.now() - entry.bornMs - 5_000) < 1_000)
  }),

  one('a fill without the ticket is refused', async (entries, key) => {
    assert.equal(await entries.fill(key, 'none', value('1'), 0, LONG_MS), false, 'onto an absent key')
    await entries.claim(key, 'theirs', LONG_MS)
    assert.equal(await entries.fill(key, 'mine', value('1'), 0, LONG_MS), false, 'onto the claim of another')
    assert.equal(
      await entries.fill(key, 'their', value('1'), 0, LONG_MS),
      false,
      'with the beginning of the ticket',
    )
    assert.equal(
      await entries.fill(key, 'theirs2', value('1'), 0, LONG_MS),
      false,
      'with more than the ticket',
    )
    assert.equal(await payloadOf(entries, key), undefined)
  }),

  one('a ticket fills once', async (entries, key) => {
    await entries.claim(key, 'mine', LONG_MS)
    await entries.fill(key, 'mine', value('1'), 0, LONG_MS)
    assert.equal(await entries.fill(key, 'mine', value('2'), 0, LONG_MS), false)
    assert.equal(await payloadOf(entries, key), '1')
  }),

  one('a load overtaken by a delete is not stored', async (entries, key) => {
    await entries.claim(key, 'mine', LONG_MS)
    assert.equal(await entries.remove([key]), 1)
    assert.equal(await entries.fill(key, 'mine', value('"old"'), 0, LONG_MS), false)
    assert.equal(await entries.read(key), null)
  }),

  one('a load overtaken by a put is not stored', async (entries, key) => {
    await entries.claim(key, 'mine', LONG_MS)
    await entries.put(key, 'token', value('"new"'), LONG_MS)
    assert.equal(await entries.fill(key, 'mine', value('"old"'), 0, LONG_MS), false)
    assert.equal(await payloadOf(entries, key), '"new"')
  }),

  one('a load overtaken by a delete and a second claim is not stored', async (entries, key) => {
    await entries.claim(key, 'first', LONG_MS)
    await entries.remove([key])
    assert.equal(await entries.claim(key, 'second', LONG_MS), true)
    assert.equal(await entries.fill(key, 'first', value('"old"'), 0, LONG_MS), false)
    assert.equal(await entries.fill(key, 'second', value('"new"'), 0, LONG_MS), true)
    assert.equal(await payloadOf(entries, key), '"new"')
  }),

  one('a value stays readable while its successor is loaded', async (entries, key) => {
    await entries.put(key, 'token', value('"old"'), LONG_MS)
    assert.equal(await entries.claim(key, 'mine', LONG_MS), true)
    assert.equal(await entries.claim(key, 'theirs', LONG_MS), false)
    const entry = parseEntry((await entries.read(key)) ?? '')
    assert(entry.state === 'value' && entry.refreshing)
    assert.equal(entry.payload, '"old"')
    assert.equal(await entries.fill(key, 'theirs', value('"wrong"'), 0, LONG_MS), false)
    assert.equal(await entries.fill(key, 'mine', value('"new"'), 0, LONG_MS), true)
    assert.equal(await payloadOf(entries, key), '"new"')
  }),

  one('a refresh overtaken by a delete or a put is not stored', async (entries, key) => {
    await entries.put(key, 'token', value('"old"'), LONG_MS)
    await entries.claim(key, 'mine', LONG_MS)
    await entries.remove([key])
    assert.equal(await entries.fill(key, 'mine', value('"late"'), 0, LONG_MS), false)
    await entries.put(key, 'token', value('"old"'), LONG_MS)
    await entries.claim(key, 'mine', LONG_MS)
    await entries.put(key, 'token', value('"new"'), LONG_MS)
    assert.equal(await entries.fill(key, 'mine', value('"late"'), 0, LONG_MS), false)
    assert.equal(await payloadOf(entries, key), '"new"')
  }),

  one('a ticket given back leaves what was there before', async (entries, key) => {
    await entries.claim(key, 'mine', LONG_MS)
    await entries.release(key, 'theirs')
    assert.equal(await entries.claim(key, 'theirs', LONG_MS), false, 'only the holder gives it back')
    await entries.release(key, 'mine')
    assert.equal(await entries.read(key), null)

    await entries.put(key, 'token', value('"kept"'), LONG_MS)
    const before = await entries.read(key)
    await entries.claim(key, 'mine', LONG_MS)
    await entries.release(key, 'mine')
    assert.equal(await entries.read(key), before)
    assert.equal(await entries.claim(key, 'next', LONG_MS), true)
  }),

  one('the ticket of a holder who died ends by itself', async (entries, key, { eventually, freshKey }) => {
    const withValue = freshKey()
    await entries.put(withValue, 'token', value('"kept"'), LONG_MS)
    assert.equal(await entries.claim(key, 'dead', 30), true)
    assert.equal(await entries.claim(withValue, 'dead', 30), true)
    await eventually(() => entries.claim(key, 'next', LONG_MS))
    await eventually(() => entries.claim(withValue, 'next', LONG_MS))
    assert.equal(await entries.fill(key, 'dead', value('"late"'), 0, LONG_MS), false)
    assert.equal(await entries.fill(withValue, 'dead', value('"late"'), 0, LONG_MS), false)
    assert.equal(await payloadOf(entries, withValue), '"kept"')
  }),

  one(
    'a value is gone when its time is over, also behind a claim',
    async (entries, key, { eventually, freshKey }) => {
      const claimed = freshKey()
      await entries.put(key, 'token', value('1'), 30)
      await entries.put(claimed, 'token', value('1'), 30)
      await entries.claim(claimed, 'mine', LONG_MS)
      await eventually(async () => (await entries.readMany([key, claimed])).every((raw) => raw === null))
    },
  ),

  one('remove says how many there were', async (entries, key, { freshKey }) => {
    const other = freshKey()
    await entries.put(key, 'token', value('1'), LONG_MS)
    await entries.claim(other, 'mine', LONG_MS)
    assert.equal(await entries.remove([key, other, freshKey()]), 2)
  }),

  one('what is no entry can be claimed and replaced', async (entries, key) => {
    // Written through `put` with a payload that makes the whole unreadable is not possible; a tail without a line is.
    await entries.put(key, 'token', { ...value('x'), flag: 'j j' }, LONG_MS)
    assert.equal(parseEntry((await entries.read(key)) ?? '').state, 'unreadable')
    assert.equal(await entries.claim(key, 'mine', LONG_MS), true)
    assert.equal(await entries.fill(key, 'mine', value('"good"'), 0, LONG_MS), true)
    assert.equal(await payloadOf(entries, key), '"good"')
  }),

  {
    name: 'a client is told what others change, and not what it changes itself',
    async run({ client, freshKey, eventually }) {
      const [reader, writer] = [await client(), await client()]
      const [own, put, removed, filled] = [freshKey(), freshKey(), freshKey(), freshKey()]
      await reader.entries.put(own, 'token', value('1'), LONG_MS)
      await reader.entries.put(removed, 'token', value('1'), LONG_MS)
      await writer.entries.put(put, 'token', value('1'), LONG_MS)
      await writer.entries.remove([removed])
      await writer.entries.claim(filled, 'mine', LONG_MS)
      await writer.entries.fill(filled, 'mine', value('1'), 0, LONG_MS)
      await eventually(() => [put, removed, filled].every((key) => reader.changes.includes(key)))
      assert(!reader.changes.includes(own))
      assert(writer.changes.includes(own))
    },
  },

  {
    name: 'the format of a value is the same in every store',
    async run({ client, freshKey }) {
      const { entries } = await client()
      const key = freshKey()
      await entries.put(key, 'token', value('{"a":1}', 5_000), LONG_MS)
      const raw = (await entries.read(key)) ?? ''
      assert.match(raw, /^V1 token \d+ /)
      assert(raw.endsWith(` ${formatTail(value('{"a":1}', 5_000))}`), raw)
      await entries.claim(key, 'mine', LONG_MS)
      assert.match((await entries.read(key)) ?? '', /^R1 mine \d+ V1 token \d+ 5000 j 1\n\{"a":1\}$/)
    },
  },
]
