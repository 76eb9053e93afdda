import { expect, test } from 'vitest'
import { SingleFlight } from '../../src/core/single-flight.ts'

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

test('callers at the same time share one piece of work', async () => {
  const flights = new SingleFlight<number>()
  const work = deferred<number>()
  let started = 0
  const start = (): Promise<number> => {
    started++
    return work.promise
  }
  const callers = [flights.join('k', start), flights.join('k', start), flights.join('k', start)]
  work.resolve(7)
  expect(await Promise.all(callers)).toEqual([7, 7, 7])
  expect(started).toBe(1)
  expect(flights.size).toBe(0)
})

test('a flight that fails, fails everybody once; the next caller starts anew', async () => {
  const flights = new SingleFlight<number>()
  const failing = deferred<number>()
  const callers = [flights.join('k', () => failing.promise), flights.join('k', () => failing.promise)]
  failing.reject(new Error('no'))
  expect((await Promise.allSettled(callers)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await flights.join('k', async () => 1)).toBe(1)
})

test('whoever comes after forget, does not join; the end of the old flight does not cut off the new one', async () => {
  const flights = new SingleFlight<string>()
  const old = deferred<string>()
  const fresh = deferred<string>()
  const before = flights.join('k', () => old.promise)
  flights.forget('k')
  const after = flights.join('k', () => fresh.promise)
  old.resolve('old')
  expect(await before).toBe('old')
  expect(flights.current('k')).toBeDefined()
  fresh.resolve('new')
  expect(await after).toBe('new')
})
