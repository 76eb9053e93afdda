import assert from 'node:assert/strict'
import type { ConformanceCase } from '../core/conformance.ts'
import type { EncodedValue } from '../entry/values.ts'
import { parseFenceEntry } from './entry.ts'
import type { FenceStore } from './port.ts'

/** What the suite needs: the fences of one store, and keys that nobody used before. */
export interface FenceHarness {
  readonly fences: FenceStore
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

const LONG_MS = 60_000

function value(payload: string): EncodedValue {
  return { flag: 'j', version: 1, payload }
}

async function payloadOf(fences: FenceStore, key: string): Promise<string | undefined> {
  const entry = parseFenceEntry(await fences.read(key))
  return entry.kind === 'value' ? entry.value.payload : undefined
}

/** Leases an absent key and fills it. */
async function fillNew(fences: FenceStore, key: string, payload: string): Promise<void> {
  assert.deepEqual(await fences.lease([key], 'first', LONG_MS), [true])
  assert.equal(await fences.fill(key, 'first', value(payload), LONG_MS), true)
}

type Case = ConformanceCase<FenceHarness>

/** A case with one fresh key, which is all that most need. */
function one(
  name: string,
  run: (fences: FenceStore, key: string, harness: FenceHarness) => Promise<void>,
): Case {
  return { name, run: (harness) => run(harness.fences, harness.freshKey(), harness) }
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
    await fences.settle(key, '1:a')
    assert.equal(await fences.read(key), 'F 1 2:b')
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
    assert.equal(await fences.settle(key, '1:a'), 'released')
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
    assert.equal(await fences.settle(key, '1:a'), 'released')
    assert.equal(await fences.read(key), null)
    assert.equal(await fences.settle(key, '1:a'), 'gone')
  }),

  one('a settled fence with a value stores it, for as long as told', async (fences, key, { eventually }) => {
    await fences.fence([key], '1:a')
    assert.equal(await fences.settle(key, '1:a', value('new'), LONG_MS), 'applied')
    assert.equal(await payloadOf(fences, key), 'new')
    await fences.fence([key], '2:b')
    assert.equal(await fences.settle(key, '2:b', value('short'), 30), 'applied')
    await eventually(async () => (await fences.read(key)) === null)
  }),

  one('of two fences at a time neither stores its value, whoever ends first', async (fences, key) => {
    for (const [first, second] of [
      ['1:a', '2:b'],
      ['2:b', '1:a'],
    ] as const) {
      await fences.fence([key], '1:a')
      await fences.fence([key], '2:b')
      assert.equal(await fences.settle(key, first, value(first), LONG_MS), 'released')
      assert.equal(await fences.settle(key, second, value(second), LONG_MS), 'released')
      assert.equal(await fences.read(key), null)
    }
  }),

  one('a key is contended until all its fences are down', async (fences, key) => {
    await fences.fence([key], '1:a')
    await fences.fence([key], '2:b')
    await fences.settle(key, '1:a')
    await fences.fence([key], '3:c')
    await fences.settle(key, '2:b')
    assert.equal(await fences.settle(key, '3:c', value('3'), LONG_MS), 'released')
    await fences.fence([key], '4:d')
    assert.equal(await fences.settle(key, '4:d', value('4'), LONG_MS), 'applied')
  }),

  one('only its own token takes a fence down', async (fences, key) => {
    await fences.fence([key], '12:abc')
    for (const other of ['12:ab', '12:abcd', '2:abc', '12', 'abc', '0']) {
      assert.equal(await fences.settle(key, other, value('1'), LONG_MS), 'gone', other)
    }
    assert.equal(await fences.read(key), 'F 0 12:abc')
  }),

  one(
    'what is gone is not settled, nor a value or a lease in its place',
    async (fences, key, { freshKey }) => {
      const leased = freshKey()
      await fillNew(fences, key, '1')
      await fences.lease([leased], 'mine', LONG_MS)
      assert.equal(await fences.settle(key, '1:a', value('late'), LONG_MS), 'gone')
      assert.equal(await fences.settle(leased, '1:a', value('late'), LONG_MS), 'gone')
      assert.deepEqual(await fences.readMany([key, leased]), ['V1 j 1\n1', 'L mine'])
    },
  ),

  one('a fence stands in the present run of the store', async (fences, key) => {
    assert.equal(await fences.fence([key], '1:a'), fences.run())
  }),
]
