import { cached, type Clock, LoadError, memoryStore, open, sleep, TooOldError } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { at, bench } from './fixture.ts'

const ids = (text: string): { id: string }[] => text.split('').map((id) => ({ id }))

function letters(loadMany?: (asked: string[]) => unknown) {
  const asked: string[] = []
  const letter = cached({
    key: 'letter:{id}',
    about: 'Letters, in capitals.',
    value: z.string(),
    ttl: '1m',
    loadMany: (ids) => {
      asked.push(ids.map(({ id }) => id).join(''))
      return (loadMany?.(ids.map(({ id }) => id)) ?? ids.map(({ id }) => id.toUpperCase())) as string[]
    },
  })
  return { asked, letter }
}

test('one load for all that is missing, each id once, answers in the order asked', async () => {
  const { asked, letter } = letters()
  const state = await open({ letter })
  expect(await state.letter.getMany(ids('ab'))).toEqual(['A', 'B'])
  expect(await state.letter.getMany(ids('cabcad'))).toEqual(['C', 'A', 'B', 'C', 'A', 'D'])
  expect(asked).toEqual(['ab', 'cd'])
})

test('memory, store and source answer together, each for its part', async () => {
  const { source, node } = bench()
  for (const asset of ['A', 'B', 'C']) source.prices?.set(asset, at(asset.charCodeAt(0)))
  const [a, b] = [await node(), await node()]
  await a.price.get({ asset: 'A' })
  await b.price.get({ asset: 'B' })
  const readings = await a.price.readMany([{ asset: 'C' }, { asset: 'B' }, { asset: 'A' }])
  expect(readings.map(({ value, tier }) => [value?.at, tier])).toEqual([
    [67, 'source'],
    [66, 'l2'],
    [65, 'l1'],
  ])
  expect(source.asked.sort()).toEqual(['A', 'B', 'C'])
})

test('without loadMany each missing id is loaded, a bounded number at a time', async () => {
  let running = 0
  let most = 0
  const slow = cached({
    key: 'slow:{id}',
    about: 'Slow.',
    value: z.string(),
    ttl: '1m',
    load: async ({ id }) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return id
    },
  })
  const state = await open({ slow })
  const many = Array.from({ length: 100 }, (_, index) => ({ id: String(index) }))
  expect(await state.slow.getMany(many)).toEqual(many.map(({ id }) => id))
  expect(most).toBe(16)
})

test('a get meanwhile joins the batch', async () => {
  const { source, node, clock } = bench()
  source.prices = undefined
  const { price } = await node()
  const batch = price.getMany([{ asset: 'A' }, { asset: 'B' }])
  await clock.advance(0)
  const single = price.get({ asset: 'B' })
  await clock.advance(0)
  source.next().resolve(at(1))
  source.next().resolve(at(2))
  expect(await batch).toEqual([at(1), at(2)])
  expect(await single).toEqual(at(2))
  expect(source.asked).toEqual(['A', 'B'])
})

test('a batch meanwhile joins the get', async () => {
  const { source, node, clock } = bench()
  source.prices = undefined
  const { price } = await node()
  const single = price.get({ asset: 'B' })
  await clock.advance(0)
  const batch = price.getMany([{ asset: 'A' }, { asset: 'B' }])
  await clock.advance(0)
  source.next().resolve(at(2))
  source.next().resolve(at(1))
  expect(await single).toEqual(at(2))
  expect(await batch).toEqual([at(1), at(2)])
  expect(source.asked).toEqual(['B', 'A'])
})

test('a list of the wrong length from loadMany is an error, and nothing is stored', async () => {
  const { letter } = letters(() => ['A'])
  const state = await open({ letter })
  await expect(state.letter.getMany(ids('ab'))).rejects.toThrow(/must answer with a list of as many/)
})

test('one value that its schema refuses does not spoil the others', async () => {
  const { letter, asked } = letters((asked) => asked.map((id) => (id === 'b' ? 5 : id.toUpperCase())))
  const state = await open({ letter }, { store: memoryStore() })
  await expect(state.letter.getMany(ids('abc'))).rejects.toThrow(/does not fit its schema/)
  expect(await state.letter.getMany(ids('ac'))).toEqual(['A', 'C'])
  expect(asked).toEqual(['abc'])
})

test('a failing loadMany fails the call once', async () => {
  const { letter, asked } = letters(() => {
    throw new Error('down')
  })
  const state = await open({ letter })
  await expect(state.letter.getMany(ids('abc'))).rejects.toThrow(LoadError)
  expect(asked).toHaveLength(1)
})

test('no ids, no work', async () => {
  const { letter, asked } = letters()
  const state = await open({ letter })
  expect(await state.letter.getMany([])).toEqual([])
  expect(await state.letter.deleteMany([])).toMatchObject({ existed: 0 })
  expect(asked).toEqual([])
})

test('a batch that takes longer than maxAge allows fails, and is not loaded again key by key', async () => {
  const clock = virtualClock()
  const asked: string[] = []
  const slow = cached({
    key: 'slow:{id}',
    about: 'Slow.',
    value: z.string(),
    ttl: '1m',
    load: ({ id }) => void asked.push(id),
    loadMany: async (ids) => {
      asked.push(ids.map(({ id }) => id).join(''))
      await sleep(clock, 2_000)
      return ids.map(({ id }) => id)
    },
  })
  const state = await open({ slow }, { clock })
  const failed = state.slow.getMany(ids('abc'), { maxAge: '1s' }).catch((error: unknown) => error)
  await clock.advance(2_000)
  expect(await failed).toBeInstanceOf(TooOldError)
  expect(asked).toEqual(['abc'])
})

test.each([
  [
    'one of them failed',
    '10s',
    (clock: Clock, id: string) =>
      sleep(clock, id === '0' ? 0 : 900).then(() => {
        if (id === '0') throw new Error('no route')
      }),
  ],
  ['their time is over', '1s', (clock: Clock) => sleep(clock, 2_000)],
] as const)('without loadMany nothing more is loaded once %s', async (_, loadTimeout, work) => {
  const clock = virtualClock()
  let asked = 0
  const single = cached({
    key: 'single:{id}',
    about: 'One at a time.',
    value: z.string(),
    ttl: '1m',
    loadTimeout,
    load: async ({ id }) => {
      asked++
      await work(clock, id)
      return id
    },
  })
  const state = await open({ single }, { clock })
  const many = Array.from({ length: 100 }, (_each, index) => ({ id: String(index) }))
  const failed = state.single.getMany(many).catch((error: unknown) => error)
  await clock.advance(1_000)
  expect(await failed).toBeInstanceOf(Error)
  const askedByThen = asked
  await clock.advance(60_000)
  expect(asked).toBe(askedByThen)
  expect(asked).toBeLessThan(many.length)
})
