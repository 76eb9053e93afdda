import assert from 'node:assert/strict'
import type { Payload } from '../codec/codec.ts'
import { baseOf, NO_ENTRY, parseEntry, UNKNOWN_ENTRY } from './entry.ts'
import { type Case, claim, fill, LONG_MS, one, payloadOf, value } from './conformance-case.ts'
import { severalAtOnce } from './conformance-several.ts'
import type { EntryStore } from './port.ts'

export type { EntryClient, EntryHarness } from './conformance-case.ts'

/** Fills an absent key. */
function fillNew(entries: EntryStore, key: string, ticket: string, payload: string): Promise<boolean> {
  return fill(entries, { key, ticket, value: value(payload) })
}

/** Every byte there is, behind what could pass for the end of a line, a field or an escape. */
const ALL_BYTES = Uint8Array.from([10, 32, 37, 49, 0, ...Array(256).keys()])

function bytesOf(payload: Payload | undefined): Uint8Array {
  assert(payload instanceof Uint8Array, 'a payload of bytes')
  return Uint8Array.from(payload)
}

/** The entry protocol, as every store must keep it. */
export const entryConformance: readonly Case[] = [
  one('an absent key reads as null', async (entries, key) => {
    assert.equal(await entries.read(key), null)
    assert.deepEqual(await entries.readMany([key, key]), [null, null])
  }),

  one(
    'a value that was put reads back, with its birth on the clock of the store',
    async (entries, key, { clock }) => {
      const before = clock.now() + entries.offsetMs(key)
      await entries.put(key, 'token', value('{"text":"žluťoučký 🐎\\n"}'), LONG_MS)
      const entry = parseEntry((await entries.read(key)) ?? '')
      assert.equal(entry?.payload, '{"text":"žluťoučký 🐎\\n"}')
      assert.equal(entry.ttlMs, LONG_MS)
      assert(Math.abs(entry.bornMs - before) < 1_000, `born ${entry.bornMs}, asked at ${before}`)
    },
  ),

  one(
    'an expired value is kept, as old as it was, and is not fresh any more',
    async (entries, key, { freshKey }) => {
      await entries.put(key, 'token', value('"a"'), LONG_MS)
      const before = parseEntry((await entries.read(key)) ?? '')
      assert.equal(await entries.expire([key, freshKey()], 'other'), 1)
      const after = await entries.read(key)
      assert.deepEqual({ ...parseEntry(after ?? '') }, { ...before, ttlMs: 0 })
      assert.equal(baseOf(after), 'other')
    },
  ),

  one('a load that was overtaken by an expiry is not stored', async (entries, key) => {
    await entries.put(key, 'token', value('"a"'), LONG_MS)
    await claim(entries, key, 'load')
    await entries.expire([key], 'other')
    assert.equal(await fill(entries, { key, ticket: 'load', base: 'token', value: value('"b"') }), false)
    assert.equal(await payloadOf(entries, key), '"a"')
  }),

  one('the format is the same in every store', async (entries, key) => {
    await entries.put(key, 'put', value('{"a":1}', 5_000), LONG_MS)
    assert.match((await entries.read(key)) ?? '', /^V1 put \d+ 5000 7 j 1 m\n\{"a":1\}$/)
    await claim(entries, key, 'ticket')
    await fill(entries, { key, ticket: 'ticket', base: 'put', value: value('[]', 7_000) })
    assert.match((await entries.read(key)) ?? '', /^V1 ticket \d+ 7000 7 j 1 m\n\[\]$/)
  }),

  one('a payload of any bytes is kept as it is, by every operation', async (entries, key) => {
    const payloadIn = async (): Promise<Payload | undefined> =>
      parseEntry((await entries.readBytes(key)) ?? '')?.payload
    await entries.put(key, 'put', { ...value(ALL_BYTES), flag: 'm' }, LONG_MS)
    assert.deepEqual(bytesOf(await payloadIn()), ALL_BYTES)
    await entries.expire([key], 'expired')
    const expired = parseEntry((await entries.readBytes(key)) ?? '')
    assert.deepEqual(
      { ...expired, payload: bytesOf(expired?.payload) },
      {
        ...expired,
        ttlMs: 0,
        flag: 'm',
        payload: ALL_BYTES,
      },
    )
    const raw = await entries.readBytes(key)
    assert.equal(baseOf(raw), 'expired')
    await claim(entries, key, 'ticket')
    const reversed = ALL_BYTES.toReversed()
    assert.equal(
      await fill(entries, {
        key,
        ticket: 'ticket',
        base: baseOf(raw),
        value: { ...value(reversed), flag: 'm' },
      }),
      true,
    )
    const [filled] = await entries.readManyBytes([key])
    assert.deepEqual(bytesOf(parseEntry(filled ?? '')?.payload), reversed)
  }),

  one('text and bytes of one entry agree', async (entries, key, { freshKey }) => {
    await entries.put(key, 'token', value('{"text":"žluťoučký 🐎\\n"}'), LONG_MS)
    const [bytes, absent] = await entries.readManyBytes([key, freshKey()])
    assert.equal(absent, null)
    assert.equal(Buffer.from(bytes ?? []).toString(), await entries.read(key))
    assert.deepEqual(await entries.readBytes(key), bytes)
    // Whoever reads bytes as text still learns what the entry says of itself.
    await entries.put(key, 'binary', { ...value(ALL_BYTES), flag: 'm' }, LONG_MS)
    const entry = parseEntry((await entries.read(key)) ?? '')
    assert.equal(entry?.flag, 'm')
  }),

  one('readMany answers in the order of the keys', async (entries, key, { freshKey }) => {
    const other = freshKey()
    await entries.put(key, 'a', value('1'), LONG_MS)
    await entries.put(other, 'b', value('2'), LONG_MS)
    const raws = await entries.readMany([other, freshKey(), key])
    assert.deepEqual(
      raws.map((raw) => parseEntry(raw ?? '')?.payload),
      ['2', undefined, '1'],
    )
  }),

  one('of many who claim, one is granted, and the others hear whose it is', async (entries, key) => {
    const claims = ['a', 'b', 'c', 'd']
    const holders = await Promise.all(claims.map((ticket) => claim(entries, key, ticket)))
    assert.equal(claims.filter((ticket, index) => ticket === holders[index]).length, 1)
    assert.equal(new Set(holders).size, 1, 'all are told who has it')
    assert.equal(await entries.read(key), null, 'a claim is no entry')
  }),

  one('the holder of the ticket fills; its value is as old as its load', async (entries, key, { clock }) => {
    assert.equal(await claim(entries, key, 'mine'), 'mine')
    assert.equal(await fill(entries, { key, ticket: 'mine', value: value('"loaded"'), ageMs: 5_000 }), true)
    const entry = parseEntry((await entries.read(key)) ?? '')
    assert.equal(entry?.payload, '"loaded"')
    assert(Math.abs(clock.now() + entries.offsetMs(key) - entry.bornMs - 5_000) < 1_000)
  }),

  one('a fill without the ticket is refused', async (entries, key) => {
    assert.equal(await fillNew(entries, key, 'none', '1'), false, 'nobody has the ticket')
    await claim(entries, key, 'theirs')
    assert.equal(await fillNew(entries, key, 'mine', '1'), false, 'another has it')
    assert.equal(await fillNew(entries, key, 'their', '1'), false, 'the beginning of it')
    assert.equal(await fillNew(entries, key, 'theirs2', '1'), false, 'more than it')
    assert.equal(await entries.read(key), null)
    assert.equal(await fillNew(entries, key, 'theirs', '1'), true, 'and its holder still can')
  }),

  one('a ticket fills once, and is free again then', async (entries, key) => {
    await claim(entries, key, 'mine')
    await fillNew(entries, key, 'mine', '1')
    assert.equal(await fill(entries, { key, ticket: 'mine', base: 'mine', value: value('2') }), false)
    assert.equal(await payloadOf(entries, key), '1')
    assert.equal(await claim(entries, key, 'next'), 'next')
  }),

  one('a load overtaken by a delete is not stored', async (entries, key) => {
    await claim(entries, key, 'mine')
    assert.equal(await entries.remove([key]), 0)
    assert.equal(await fillNew(entries, key, 'mine', '"old"'), false)
    assert.equal(await entries.read(key), null)
  }),

  one(
    'a load overtaken by a put is not stored, even when that value is gone again',
    async (entries, key, h) => {
      await claim(entries, key, 'mine')
      await entries.put(key, 'token', value('"new"'), 30)
      await h.eventually(async () => (await entries.read(key)) === null)
      assert.equal(await fillNew(entries, key, 'mine', '"old"'), false)
      assert.equal(await entries.read(key), null)
    },
  ),

  one('a load overtaken by a delete and a second claim is not stored', async (entries, key) => {
    await claim(entries, key, 'first')
    await entries.remove([key])
    assert.equal(await claim(entries, key, 'second'), 'second')
    assert.equal(await fillNew(entries, key, 'first', '"old"'), false)
    assert.equal(await fillNew(entries, key, 'second', '"new"'), true)
    assert.equal(await payloadOf(entries, key), '"new"')
  }),

  one('a value stays readable while its successor is loaded', async (entries, key) => {
    await entries.put(key, 'old', value('"old"'), LONG_MS)
    assert.equal(await claim(entries, key, 'mine'), 'mine')
    assert.equal(await claim(entries, key, 'theirs'), 'mine')
    assert.equal(await payloadOf(entries, key), '"old"')
    assert.equal(await fill(entries, { key, ticket: 'mine', base: 'old', value: value('"new"') }), true)
    assert.equal(await payloadOf(entries, key), '"new"')
  }),

  one('a refresh overtaken by a delete or a put is not stored', async (entries, key) => {
    await entries.put(key, 'old', value('"old"'), LONG_MS)
    await claim(entries, key, 'mine')
    assert.equal(await entries.remove([key]), 1)
    assert.equal(await fill(entries, { key, ticket: 'mine', base: 'old', value: value('"late"') }), false)
    assert.equal(await entries.read(key), null)

    await entries.put(key, 'old', value('"old"'), LONG_MS)
    await claim(entries, key, 'mine')
    await entries.put(key, 'new', value('"new"'), LONG_MS)
    assert.equal(await fill(entries, { key, ticket: 'mine', base: 'old', value: value('"late"') }), false)
    assert.equal(await payloadOf(entries, key), '"new"')
  }),

  one('a fill replaces only the entry that it names', async (entries, key) => {
    await entries.put(key, 'old', value('"old"'), LONG_MS)
    for (const base of [NO_ENTRY, UNKNOWN_ENTRY, 'ol', 'oldest', 'other']) {
      await claim(entries, key, 'mine')
      assert.equal(await fill(entries, { key, ticket: 'mine', base, value: value('"new"') }), false, base)
    }
    assert.equal(await payloadOf(entries, key), '"old"')
    await entries.remove([key])
    for (const base of [UNKNOWN_ENTRY, 'old']) {
      await claim(entries, key, 'mine')
      assert.equal(await fill(entries, { key, ticket: 'mine', base, value: value('"new"') }), false, base)
    }
  }),

  one('a ticket given back is free, and fills no more', async (entries, key) => {
    await claim(entries, key, 'mine')
    await entries.release(key, 'theirs')
    assert.equal(await claim(entries, key, 'theirs'), 'mine', 'only its holder gives it back')
    await entries.release(key, 'mine')
    assert.equal(await fillNew(entries, key, 'mine', '1'), false)
    assert.equal(await claim(entries, key, 'next'), 'next')
  }),

  one('the ticket of a holder who died ends by itself', async (entries, key, { eventually }) => {
    assert.equal(await claim(entries, key, 'dead', 30), 'dead')
    await eventually(async () => (await claim(entries, key, 'next')) === 'next')
    assert.equal(await fillNew(entries, key, 'dead', '"late"'), false)
    assert.equal(await fillNew(entries, key, 'next', '"good"'), true)
  }),

  one(
    'a ticket that is extended lives on, and one that has ended is not revived',
    async (entries, key, h) => {
      await claim(entries, key, 'mine', 30)
      await entries.extend(key, LONG_MS)
      const short = h.freshKey()
      await claim(entries, short, 'dead', 30)
      await h.eventually(async () => (await claim(entries, short, 'next', 1)) === 'next')
      assert.equal(await claim(entries, key, 'theirs'), 'mine', 'outlived one that was not extended')
      assert.equal(await fillNew(entries, key, 'mine', '1'), true)
      await entries.extend(key, LONG_MS)
      assert.equal(await claim(entries, key, 'next'), 'next')
    },
  ),

  one('a value is gone when its time is over', async (entries, key, { eventually }) => {
    await entries.put(key, 'token', value('1'), 30)
    await eventually(async () => (await entries.read(key)) === null)
  }),

  one('remove says how many entries there were', async (entries, key, { freshKey }) => {
    const claimed = freshKey()
    await entries.put(key, 'token', value('1'), LONG_MS)
    await claim(entries, claimed, 'mine')
    assert.equal(await entries.remove([key, claimed, freshKey()]), 1)
  }),

  one('marks are removed, and the next who needs one makes another', async (entries, key, { freshKey }) => {
    const other = freshKey()
    await entries.ensureMark(key, 'first', LONG_MS)
    await entries.ensureMark(other, 'first', undefined)
    await entries.removeMarks([key, other, freshKey()])
    assert.deepEqual(await entries.readMany([key, other]), [null, null])
    assert.equal(await entries.ensureMark(key, 'second', LONG_MS), 'second')
  }),

  one('what a base says is what a fill needs', async (entries, key) => {
    assert.equal(baseOf(await entries.read(key)), NO_ENTRY)
    await entries.put(key, 'token.with-_signs', value('1'), LONG_MS)
    assert.equal(baseOf(await entries.read(key)), 'token.with-_signs')
    await claim(entries, key, 'mine')
    assert.equal(
      await fill(entries, { key, ticket: 'mine', base: 'token.with-_signs', value: value('2') }),
      true,
    )
  }),

  {
    name: 'a client is told what others change, and not what it puts and removes itself',
    async run({ client, freshKey, eventually }) {
      const [reader, writer] = [await client(), await client()]
      const [own, ownRemoved, put, removed, filled, last] = [0, 1, 2, 3, 4, 5].map(freshKey) as [
        string,
        string,
        string,
        string,
        string,
        string,
      ]
      await reader.entries.put(own, 'token', value('1'), LONG_MS)
      await reader.entries.put(removed, 'token', value('1'), LONG_MS)
      await reader.entries.put(ownRemoved, 'token', value('1'), LONG_MS)
      await reader.entries.remove([ownRemoved])
      await writer.entries.put(put, 'token', value('1'), LONG_MS)
      await writer.entries.remove([removed])
      await claim(writer.entries, filled, 'mine')
      await fillNew(writer.entries, filled, 'mine', '1')
      await writer.entries.put(last, 'token', value('1'), LONG_MS)
      await eventually(() => [put, removed, filled, last].every((key) => reader.changed.includes(key)))
      // Whatever was to be told about these came before the answers.
      await reader.entries.readMany([own, ownRemoved])
      for (const key of [own, ownRemoved]) assert(!reader.changed.includes(key), key)
      await eventually(() => writer.changed.includes(own) && writer.changed.includes(ownRemoved))
    },
  },

  {
    name: 'the holder of a ticket is told when it is taken away, and not that it took or extended it',
    async run({ client, freshKey, eventually }) {
      const [holder, other] = [await client(), await client()]
      const [removed, put, last] = [freshKey(), freshKey(), freshKey()]
      for (const key of [removed, put]) {
        await claim(holder.entries, key, 'mine')
        await holder.entries.extend(key, LONG_MS)
      }
      await claim(other.entries, last, 'theirs')
      await eventually(() => holder.ticketsChanged.includes(last))
      await holder.entries.readMany([removed, put])
      // Not any key: tickets of who was here before may run out just now.
      const own = holder.ticketsChanged.filter((key) => key === removed || key === put)
      assert.deepEqual(own, [])
      await other.entries.remove([removed])
      await other.entries.put(put, 'token', value('1'), LONG_MS)
      await eventually(() => [removed, put].every((key) => holder.ticketsChanged.includes(key)))
      const heard = other.ticketsChanged.length
      await claim(holder.entries, removed, 'mine')
      await holder.entries.extend(removed, LONG_MS)
      await eventually(() => other.ticketsChanged.slice(heard).filter((key) => key === removed).length === 2)
    },
  },
  one('people see how an entry and its ticket are kept', async (entries, key) => {
    assert.deepEqual(await entries.look(key), { entry: null, ticketForMs: null })
    await entries.put(key, 'token', value('1'), LONG_MS)
    await claim(entries, key, 'ticket', LONG_MS / 2)
    const { entry, ticketForMs } = await entries.look(key)
    assert(entry?.forMs && Math.abs(entry.forMs - LONG_MS) < 5_000)
    assert(entry.bytes !== null && entry.bytes > 0)
    assert(ticketForMs && Math.abs(ticketForMs - LONG_MS / 2) < 5_000)
  }),
  ...severalAtOnce,
]
