import { expect, test } from 'vitest'
import { LoadQueue } from '../../../src/kinds/strong/load-queue.ts'

/** Work that a test ends, in the order in which it began. */
function works() {
  const begun: string[] = []
  const ends: ((result: string) => void)[] = []
  return {
    begun,
    work: (name: string) => () => {
      begun.push(name)
      return new Promise<string>((resolve) => ends.push(resolve))
    },
    async end(result: string) {
      ends.shift()?.(result)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('so many run at a time; the others wait for their turn, in order', async () => {
  const queue = new LoadQueue<string>(2)
  const { begun, work, end } = works()
  const turns = ['a', 'b', 'c', 'd'].map((key) => queue.load(key, work(key)))
  expect(begun).toEqual(['a', 'b'])
  await end('1')
  expect(begun).toEqual(['a', 'b', 'c'])
  await end('2')
  await end('3')
  await end('4')
  expect(await Promise.all(turns.map(({ result }) => result))).toEqual(['1', '2', '3', '4'])
})

test('a place that is handed on is taken by nobody else', async () => {
  const queue = new LoadQueue<string>(1)
  const { begun, work, end } = works()
  const first = queue.load('a', work('a'))
  const waiting = queue.load('b', work('b'))
  // Asks in the very moment in which the place becomes free.
  const late = first.result.then(() => queue.load('c', work('c')).result)
  await end('1')
  expect(begun).toEqual(['a', 'b'])
  await end('2')
  await end('3')
  expect(await waiting.result).toBe('2')
  expect(await late).toBe('3')
})

test('a load that waits is shared by those who ask for the same; one that runs is not', async () => {
  const queue = new LoadQueue<string>(1)
  const { begun, work, end } = works()
  const running = queue.load('a', work('a, sent'))
  const [one, two] = [queue.load('a', work('a, waiting')), queue.load('a', work('a, never'))]
  await end('old')
  await end('new')
  expect(begun).toEqual(['a, sent', 'a, waiting'])
  expect(await Promise.all([running.result, one.result, two.result])).toEqual(['old', 'new', 'new'])
})

test('a load that nobody waits for any more never begins', async () => {
  const queue = new LoadQueue<string>(1)
  const { begun, work, end } = works()
  queue.load('a', work('a'))
  const [left, kept, given] = [
    queue.load('b', work('b')),
    queue.load('c', work('c')),
    queue.load('c', work('c')),
  ]
  left.leave()
  given.leave()
  await end('1')
  expect(begun).toEqual(['a', 'c'])
  await end('2')
  expect(await kept.result).toBe('2')
  // The place is free again.
  queue.load('d', work('d'))
  expect(begun).toEqual(['a', 'c', 'd'])
})

test('a load that fails gives its place on', async () => {
  const queue = new LoadQueue<string>(1)
  const failing = queue.load('a', async () => {
    throw new Error('reset')
  })
  const next = queue.load('b', async () => 'fine')
  await expect(failing.result).rejects.toThrow('reset')
  expect(await next.result).toBe('fine')
})
