import assert from 'node:assert/strict'
import type { Payload } from '../codec/codec.ts'
import type { ConformanceCase } from '../core/conformance.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import type { EncodedValue } from '../entry/values.ts'
import { parseFenceEntry } from './entry.ts'
import type { Fences, FenceStore, Settled } from './port.ts'

/** What the suite needs: the fences of one store, and keys that nobody used before. */
export interface FenceHarness {
  readonly store: FenceStore
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

const LONG_MS = 60_000

function value(payload: Payload): EncodedValue {
  return { flag: 'j', version: 1, payload }
}

async function payloadOf(fences: Fences, key: string): Promise<Payload | undefined> {
  const entry = parseFenceEntry(await fences.read(key))
  return entry.kind === 'value' ? entry.value.payload : undefined
}

/** Leases an absent key and fills it. */
async function fillNew(fences: Fences, key: string, payload: string): Promise<void> {
  assert.deepEqual(await fences.lease([key], 'first', LONG_MS), [true])
  assert.equal(await fences.fill(key, 'first', value(payload), LONG_MS), true)
}

/** Settles one key. */
async function settle(
  fences: Fences,
  key: string,
  token: string,
  put?: EncodedValue,
  keepMs = LONG_MS,
): Promise<Settled | undefined> {
  const values = put && new Map([[key, { value: put, keepMs }]])
  return (await fences.settle([key], token, values))[0]
}

type Case = ConformanceCase<FenceHarness>

function fencesOf(store: FenceStore, nonce = 'conformance'): Fences {
  return store.within({ nonce, run: store.server().run })
}

/** A case with one fresh key, which is all that most need. */
function one(name: string, run: (fences: Fences, key: string, harness: FenceHarness) => Promise<void>): Case {
  return { name, run: (harness) => run(fencesOf(harness.store), harness.freshKey(), harness) }
}

/** The fence protocol, as every store must keep it. */
export const fenceConformance: readonly Case[] = [
  one('an absent key reads as null', async (fences, key) => {
    assert.equal(await fences.read(key), null)
    assert.deepEqual(await fences.readMany([key, key]), [null, null])
  }),

  one('the format is the same in every store', async (fences, key) => {
    await fences.lease([key], 'lease', LONG_MS)
    assert.equal(await fences.read(key), 'L lease')
    await fences.fill(key, 'lease', value('{"text":"žluťoučký 🐎\\n"}'), LONG_MS)
    assert.equal(await fences.read(key), 'V1 j 1\n{"text":"žluťoučký 🐎\\n"}')
    await fences.fence([key], '1:a')
    assert.equal(await fences.read(key), 'F 0 1:a')
    await fences.fence([key], '2:b')
    assert.equal(await fences.read(key), 'F 1 1:a 2:b')
    await settle(fences, key, '1:a')
    assert.equal(await fences.read(key), 'F 1 2:b')
  }),

  one('a payload of any bytes is kept as it is, by a fill and by a settlement', async (fences, key) => {
    const payloadIn = async (raw: Uint8Array | null | undefined): Promise<Uint8Array> => {
      const entry = parseFenceEntry(raw ?? null)
      assert(entry.kind === 'value' && entry.value.flag === 'm' && entry.value.payload instanceof Uint8Array)
      return Uint8Array.from(entry.value.payload)
    }
    const bytes = Uint8Array.from([10, 70, 32, 0, ...Array(256).keys()])
    await fences.lease([key], 'lease', LONG_MS)
    assert.deepEqual(parseFenceEntry(await fences.readBytes(key)), { kind: 'lease' })
    await fences.fill(key, 'lease', { ...value(bytes), flag: 'm' }, LONG_MS)
    assert.deepEqual(await payloadIn(await fences.readBytes(key)), bytes)
    await fences.fence([key], '1:a')
    assert.deepEqual(parseFenceEntry(await fences.readBytes(key)), { kind: 'fence', tokens: ['1:a'] })
    await settle(fences, key, '1:a', { ...value(bytes.toReversed()), flag: 'm' }, LONG_MS)
    const [settled] = await fences.readManyBytes([key])
    assert.deepEqual(await payloadIn(settled), bytes.toReversed())
  }),

  one('readMany answers in the order of the keys', async (fences, key, { freshKey }) => {
    const other = freshKey()
    await fillNew(fences, key, '1')
    await fences.fence([other], '1:a')
    assert.deepEqual(await fences.readMany([other, freshKey(), key]), ['F 0 1:a', null, 'V1 j 1\n1'])
  }),

  one('of many who ask for the lease of a key, one gets it', async (fences, key) => {
    const granted = await Promise.all(
      ['a', 'b', 'c', 'd'].map((lease) => fences.lease([key], lease, LONG_MS)),
    )
    assert.equal(granted.flat().filter(Boolean).length, 1)
  }),

  one('only absent keys are leased', async (fences, key, { freshKey }) => {
    const [fenced, absent] = [freshKey(), freshKey()]
    await fillNew(fences, key, '1')
    await fences.fence([fenced], '1:a')
    assert.deepEqual(await fences.lease([key, fenced, absent], 'lease', LONG_MS), [false, false, true])
    assert.deepEqual(await fences.readMany([key, fenced]), ['V1 j 1\n1', 'F 0 1:a'])
  }),

  one('a lease ends by itself, and fills nothing then', async (fences, key, { eventually }) => {
    await fences.lease([key], 'slow', 30)
    await eventually(async () => (await fences.read(key)) === null)
    assert.equal(await fences.fill(key, 'slow', value('1'), LONG_MS), false)
    assert.equal(await fences.read(key), null)
  }),

  one('a fill needs the lease of its key', async (fences, key) => {
    assert.equal(await fences.fill(key, 'mine', value('1'), LONG_MS), false, 'nobody has it')
    await fences.lease([key], 'theirs', LONG_MS)
    assert.equal(await fences.fill(key, 'mine', value('1'), LONG_MS), false, 'another has it')
    assert.equal(await fences.fill(key, 'theirs', value('2'), LONG_MS), true)
    assert.equal(await fences.fill(key, 'theirs', value('3'), LONG_MS), false, 'it is used up')
    assert.equal(await payloadOf(fences, key), '2')
  }),

  one('a value ends by itself', async (fences, key, { eventually }) => {
    await fences.lease([key], 'mine', LONG_MS)
    assert.equal(await fences.fill(key, 'mine', value('1'), 30), true)
    await eventually(async () => (await fences.read(key)) === null)
  }),

  one('a fence takes the lease from whoever loads', async (fences, key) => {
    await fences.lease([key], 'loading', LONG_MS)
    await fences.fence([key], '1:a')
    assert.equal(await fences.fill(key, 'loading', value('old'), LONG_MS), false)
    assert.equal(await settle(fences, key, '1:a'), 'released')
    assert.equal(await fences.fill(key, 'loading', value('old'), LONG_MS), false, 'nor afterwards')
    assert.equal(await fences.read(key), null)
  }),

  one('a fence drops the value, and stays although values and leases end', async (fences, key, harness) => {
    const witness = harness.freshKey()
    await fences.lease([key, witness], 'short', 30)
    await fences.fence([key], '1:a')
    await harness.eventually(async () => (await fences.read(witness)) === null)
    assert.equal(await fences.read(key), 'F 0 1:a')
  }),

  one('one fence on many keys', async (fences, key, { freshKey }) => {
    const keys = [key, ...Array.from({ length: 600 }, freshKey)]
    await fences.fence(keys, '1:a')
    const raws = await fences.readMany(keys)
    assert.equal(raws.filter((raw) => raw === 'F 0 1:a').length, keys.length)
  }),

  one('a settled fence without a value leaves the key free', async (fences, key) => {
    await fences.fence([key], '1:a')
    assert.equal(await settle(fences, key, '1:a'), 'released')
    assert.equal(await fences.read(key), null)
    assert.equal(await settle(fences, key, '1:a'), 'gone')
  }),

  one('a settled fence with a value stores it, for as long as told', async (fences, key, { eventually }) => {
    await fences.fence([key], '1:a')
    assert.equal(await settle(fences, key, '1:a', value('new'), LONG_MS), 'applied')
    assert.equal(await payloadOf(fences, key), 'new')
    await fences.fence([key], '2:b')
    assert.equal(await settle(fences, key, '2:b', value('short'), 30), 'applied')
    await eventually(async () => (await fences.read(key)) === null)
  }),

  one('of two fences at a time neither stores its value, whoever ends first', async (fences, key) => {
    for (const [first, second] of [
      ['1:a', '2:b'],
      ['2:b', '1:a'],
    ] as const) {
      await fences.fence([key], '1:a')
      await fences.fence([key], '2:b')
      assert.equal(await settle(fences, key, first, value(first), LONG_MS), 'released')
      assert.equal(await settle(fences, key, second, value(second), LONG_MS), 'released')
      assert.equal(await fences.read(key), null)
    }
  }),

  one('a key is contended until all its fences are down', async (fences, key) => {
    await fences.fence([key], '1:a')
    await fences.fence([key], '2:b')
    await settle(fences, key, '1:a')
    await fences.fence([key], '3:c')
    await settle(fences, key, '2:b')
    assert.equal(await settle(fences, key, '3:c', value('3'), LONG_MS), 'released')
    await fences.fence([key], '4:d')
    assert.equal(await settle(fences, key, '4:d', value('4'), LONG_MS), 'applied')
  }),

  one('many keys are settled together, each as it stands', async (fences, key, { freshKey }) => {
    const [put, contended, gone] = [freshKey(), freshKey(), freshKey()]
    await fences.fence([key, put, contended], '1:a')
    await fences.fence([contended], '2:b')
    const values = new Map(
      [put, contended, gone].map((each) => [each, { value: value('1'), keepMs: LONG_MS }]),
    )
    assert.deepEqual(await fences.settle([gone, contended, put, key], '1:a', values), [
      'gone',
      'released',
      'applied',
      'released',
    ])
    assert.deepEqual(await fences.readMany([gone, contended, put, key]), [null, 'F 1 2:b', 'V1 j 1\n1', null])
  }),

  one('only its own token takes a fence down', async (fences, key) => {
    await fences.fence([key], '12:abc')
    for (const other of ['12:ab', '12:abcd', '2:abc', '12', 'abc', '0']) {
      assert.equal(await settle(fences, key, other, value('1'), LONG_MS), 'gone', other)
    }
    assert.equal(await fences.read(key), 'F 0 12:abc')
  }),

  one(
    'what is gone is not settled, nor a value or a lease in its place',
    async (fences, key, { freshKey }) => {
      const leased = freshKey()
      await fillNew(fences, key, '1')
      await fences.lease([leased], 'mine', LONG_MS)
      assert.equal(await settle(fences, key, '1:a', value('late'), LONG_MS), 'gone')
      assert.equal(await settle(fences, leased, '1:a', value('late'), LONG_MS), 'gone')
      assert.deepEqual(await fences.readMany([key, leased]), ['V1 j 1\n1', 'L mine'])
    },
  ),

  {
    name: 'what lies in one place is not found in another',
    async run({ store, freshKey }) {
      const key = freshKey()
      const [here, there] = [fencesOf(store, 'here'), fencesOf(store, 'there')]
      await fillNew(here, key, '1')
      assert.equal(await there.read(key), null)
      await there.fence([key], '1:a')
      assert.equal(await payloadOf(here, key), '1')
      assert.equal(await settle(here, key, '1:a'), 'gone')
    },
  },

  {
    name: 'another run of the server is not asked',
    async run({ store, freshKey }) {
      if (store.reach === 'process') return
      const key = freshKey()
      const other = store.within({ nonce: 'conformance', run: 'another' })
      await assert.rejects(other.read(key), StoreUnavailableError)
      await assert.rejects(other.readMany([key]), StoreUnavailableError)
      await assert.rejects(other.lease([key], 'mine', LONG_MS), StoreUnavailableError)
      await assert.rejects(other.fill(key, 'mine', value('1'), LONG_MS), StoreUnavailableError)
      await assert.rejects(other.fence([key], '1:a'), StoreUnavailableError)
      await assert.rejects(settle(other, key, '1:a'), StoreUnavailableError)
      await assert.rejects(other.mark(), StoreUnavailableError)
      assert.equal(await fencesOf(store).read(key), null)
    },
  },

  {
    name: 'a mark is of one place, and stays until it is taken away',
    async run({ store, freshKey }) {
      const [here, there] = [fencesOf(store, freshKey()), fencesOf(store, freshKey())]
      assert.equal(await here.isMarked(), false)
      await here.mark()
      await here.mark()
      assert.equal(await here.isMarked(), true)
      assert.equal(await there.isMarked(), false)
      await there.unmark()
      assert.equal(await here.isMarked(), true)
      await here.unmark()
      assert.equal(await here.isMarked(), false)
    },
  },

  {
    name: 'looking at the server finds the one that is known',
    async run({ store }) {
      assert.deepEqual(await store.vet(), store.server())
    },
  },
]
