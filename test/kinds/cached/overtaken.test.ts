import { open, type StoreFactory, StoreTimeoutError } from 'holdfast'
import { expect, test } from 'vitest'
import { claim } from '../../../src/entry/conformance-case.ts'
import type { EntryStore } from '../../../src/entry/port.ts'
import { at, bench, price } from './fixture.ts'

// The race that rival caches lose: a load reads the old value, an invalidation comes, the load stores what it read.

const sol = { asset: 'SOL' }
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Two nodes; the first is loading, and its source has already read the old value. */
async function loading() {
  const world = bench()
  world.source.prices = undefined
  const [a, b] = [await world.node(), await world.node()]
  const reader = a.price.get(sol)
  await world.clock.advance(0)
  return { ...world, a, b, reader, question: world.source.next() }
}

test.each(['same node', 'other node'] as const)(
  'a load overtaken by a delete on the %s is stored nowhere',
  async (where) => {
    const { a, b, reader, question, source, clock, raw } = await loading()
    await (where === 'same node' ? a : b).price.delete(sol)
    question.resolve(at(1))
    expect(await reader).toEqual(at(1))
    expect(await raw.read('price:SOL')).toBeNull()
    for (const { price } of [a, b]) {
      expect(price.peek(sol)).toBeUndefined()
      const next = price.get(sol)
      await clock.advance(0)
      if (price === a.price) source.next().resolve(at(2))
      expect(await next).toEqual(at(2))
    }
    expect(a.price.counts().refusedFills).toBe(1)
  },
)

test.each(['same node', 'other node'] as const)(
  'a load overtaken by a set on the %s does not replace it',
  async (where) => {
    const { a, b, reader, question } = await loading()
    await (where === 'same node' ? a : b).price.set(sol, at(2))
    question.resolve(at(1))
    expect(await reader).toEqual(at(1))
    expect(await a.price.get(sol)).toEqual(at(2))
    expect(await b.price.get(sol)).toEqual(at(2))
  },
)

test('who asks after a delete does not join the load from before it', async () => {
  const { a, reader, question, source, clock } = await loading()
  await a.price.delete(sol)
  const after = a.price.get(sol)
  await clock.advance(0)
  const second = source.next()
  question.resolve(at(1))
  second.resolve(at(2))
  expect(await reader).toEqual(at(1))
  expect(await after).toEqual(at(2))
  expect(a.price.peek(sol)).toEqual(at(2))
})

test('who asks after a delete elsewhere does not join the load from before it either', async () => {
  const { a, b, reader, question, source, clock } = await loading()
  await b.price.delete(sol)
  const after = a.price.get(sol)
  await clock.advance(0)
  const second = source.next()
  question.resolve(at(1))
  second.resolve(at(2))
  expect(await reader).toEqual(at(1))
  expect(await after).toEqual(at(2))
})

test('a batch overtaken by a delete keeps only the rest', async () => {
  const { source, node, clock, raw } = bench()
  source.prices = undefined
  const [a, b] = [await node(), await node()]
  const batch = a.price.getMany([{ asset: 'A' }, { asset: 'B' }])
  await clock.advance(0)
  await b.price.delete({ asset: 'A' })
  source.next().resolve(at(1))
  source.next().resolve(at(2))
  expect(await batch).toEqual([at(1), at(2)])
  expect(await raw.read('price:A')).toBeNull()
  expect(a.price.peek({ asset: 'A' })).toBeUndefined()
  expect(await raw.read('price:B')).toMatch(/^V1 /)
  expect(a.price.peek({ asset: 'B' })).toEqual(at(2))
})

test('a node that finds another one loading waits for its value', async () => {
  const { a, b, reader, question, source } = await loading()
  const other = b.price.read(sol)
  await settled()
  expect(source.asked).toHaveLength(1)
  question.resolve(at(1))
  expect(await reader).toEqual(at(1))
  expect(await other).toMatchObject({ value: at(1), ageMs: 0 })
  expect(source.asked).toHaveLength(1)
  expect([a.price.counts().loads, b.price.counts().loads]).toEqual([1, 0])
  expect(b.price.peek(sol)).toEqual(at(1))
})

test('when the load of another node fails, those who waited for it load at the same time, and once', async () => {
  const { source, node } = bench()
  const nodes = await Promise.all(Array.from({ length: 4 }, node))
  source.prices = undefined
  const reads = nodes.map(({ price }) => price.get(sol))
  for (const read of reads) read.catch(() => undefined)
  await settled()
  source.next().reject(new Error('venue down'))
  await settled()
  expect(source.asked).toHaveLength(4)
  for (let question = 0; question < 3; question++) source.next().reject(new Error('venue down'))
  const ended = await Promise.allSettled(reads)
  expect(ended.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
  expect(source.asked).toHaveLength(4)
})

test('who waits for a load whose process died loads as soon as its ticket has ended, and stores that', async () => {
  const { node, raw, source, clock } = bench()
  const { price } = await node()
  await claim(raw, 'price:SOL', 'of a dead process', 2_000)
  source.prices?.set('SOL', at(7))
  const reading = price.get(sol)
  await settled()
  expect(source.asked).toHaveLength(0)
  await clock.advance(2_100)
  expect(await reading).toEqual(at(7))
  expect(price.peek(sol)).toEqual(at(7))
})

test('a long load keeps its ticket alive: the others wait for it, and it is stored', async () => {
  const { a, b, reader, question, source, clock, raw } = await loading()
  const other = b.price.read(sol)
  for (let second = 0; second < 4; second++) await clock.advance(1_000)
  expect(source.asked).toHaveLength(1)
  question.resolve(at(1))
  expect(await reader).toEqual(at(1))
  expect(await other).toMatchObject({ value: at(1), tier: 'source' })
  expect(source.asked).toHaveLength(1)
  expect(await raw.read('price:SOL')).toMatch(/^V1 /)
  expect([a.price.peek(sol), b.price.peek(sol)]).toEqual([at(1), at(1)])
})

test('nobody waits for longer than a load may take, even for a process that is alive', async () => {
  const { node, raw, source, clock } = bench()
  const { price } = await node()
  await claim(raw, 'price:SOL', 'of a slow process', 60_000)
  source.prices?.set('SOL', at(7))
  const reading = price.get(sol)
  await clock.advance(4_900)
  expect(source.asked).toHaveLength(0)
  await clock.advance(200)
  expect(await reading).toEqual(at(7))
  // Its right to store is not ours.
  expect(price.peek(sol)).toBeUndefined()
})

test.each(['same node', 'other node'] as const)(
  'a ticket that the %s took away is not kept alive by the load that lost it',
  async (where) => {
    const { a, b, raw, clock } = await loading()
    await (where === 'same node' ? a : b).price.delete(sol)
    await claim(raw, 'price:SOL', 'of a dead process', 2_000)
    await clock.advance(2_001)
    expect(await claim(raw, 'price:SOL', 'next', 2_000)).toBe('next')
  },
)

test('a delete on a third node sends those who wait to the source', async () => {
  const { a, b, source, question, reader } = await loading()
  const other = b.price.get(sol)
  await settled()
  source.prices = new Map([['SOL', at(2)]])
  await a.price.delete(sol)
  expect(await other).toEqual(at(2))
  question.resolve(at(1))
  expect(await reader).toEqual(at(1))
  expect(await a.price.get(sol)).toEqual(at(2))
})

test('many keys: those that others load are waited for, the rest is loaded at once', async () => {
  const { b, source, question } = await loading()
  const many = b.price.getMany([{ asset: 'MON' }, sol])
  await settled()
  expect(source.asked).toEqual(['SOL', 'MON'])
  source.next().resolve(at(5))
  question.resolve(at(1))
  expect(await many).toEqual([at(5), at(1)])
})

test('a change elsewhere is followed at once', async () => {
  const { source, node } = bench()
  source.prices?.set('SOL', at(1))
  const [a, b] = [await node(), await node()]
  await a.price.get(sol)
  await b.price.get(sol)
  expect([a.price.peek(sol), b.price.peek(sol)]).toEqual([at(1), at(1)])
  await a.price.set(sol, at(2))
  expect(a.price.peek(sol)).toEqual(at(2))
  expect(b.price.peek(sol)).toBeUndefined()
  expect(await b.price.get(sol)).toEqual(at(2))
  await b.price.delete(sol)
  expect(a.price.peek(sol)).toBeUndefined()
})

test('a ticket that was granted without our hearing of it does not keep later loads from storing', async () => {
  const { clock, source, store } = bench()
  source.prices?.set('SOL', at(1))
  let isMute = true
  const mute: StoreFactory = (context) => {
    const opened = store(context)
    const claimMany: EntryStore['claimMany'] = async (...args) => {
      const granted = await opened.entries.claimMany(...args)
      if (isMute) throw new StoreTimeoutError('claim', 1_000)
      return granted
    }
    return { ...opened, entries: { ...opened.entries, claimMany } }
  }
  const state = await open({ price }, { store: mute, clock, deps: { source } })
  expect((await state.price.read({ asset: 'SOL' })).tier).toBe('source')
  isMute = false
  expect((await state.price.read({ asset: 'SOL' })).tier).toBe('source')
  expect((await state.price.read({ asset: 'SOL' })).tier).toBe('l1')
})
