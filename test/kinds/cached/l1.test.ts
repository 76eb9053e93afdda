import fc from 'fast-check'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { L1 } from '../../../src/kinds/cached/l1.ts'

const STANDING = { version: 0, known: () => 'm', wereRenewedBlindly: () => false }
const STAMP = { names: ['all'], marks: 'm', tags: [], tagMarks: '' }

function l1(maxEntries = 3, maxBytes = 1_000) {
  const clock = virtualClock()
  const memory = new L1<string>(clock, maxEntries, maxBytes, STANDING)
  memory.resume()
  const put = (key: string, value = key, bytes = 1, freshMs = 1_000): void =>
    memory.commit(
      memory.reserve(key),
      { value, bornMs: clock.now(), freshUntilMs: clock.now() + freshMs, costMs: 0 },
      bytes,
      STAMP,
    )
  return { clock, memory, put }
}

test('what was not used since the last look goes first', () => {
  const { memory, put } = l1()
  for (const key of ['a', 'b', 'c']) put(key)
  memory.get('a')
  memory.get('c')
  put('d')
  expect(['a', 'b', 'c', 'd'].map((key) => memory.get(key)?.value)).toEqual(['a', undefined, 'c', 'd'])
})

test('one pass over many keys does not push out what is used', () => {
  const { memory, put } = l1(10)
  for (let hot = 0; hot < 5; hot++) put(`hot${hot}`)
  for (let scan = 0; scan < 1_000; scan++) {
    for (let hot = 0; hot < 5; hot++) expect(memory.get(`hot${hot}`)).toBeDefined()
    put(`scan${scan}`)
  }
})

test('bytes are a bound too, and what is larger than all of it is not kept', () => {
  const { memory, put } = l1(100, 10)
  put('a', 'a', 4)
  put('b', 'b', 4)
  put('c', 'c', 4)
  expect(memory.bytes).toBeLessThanOrEqual(10)
  put('huge', 'huge', 11)
  expect(memory.get('huge')).toBeUndefined()
  expect(memory.size).toBe(2)
})

test('a value is gone when it is no longer fresh', async () => {
  const { clock, memory, put } = l1()
  put('a')
  await clock.advance(999)
  expect(memory.get('a')).toBeDefined()
  await clock.advance(1)
  expect(memory.get('a')).toBeUndefined()
  expect(memory.size).toBe(0)
})

test('an answer that was asked for before a change is not kept', () => {
  const { memory, clock } = l1()
  const found = { value: 'old', bornMs: 0, freshUntilMs: clock.now() + 1_000, costMs: 0 }
  const reservation = memory.reserve('a')
  memory.invalidate('a')
  memory.commit(reservation, found, 1, STAMP)
  expect(memory.get('a')).toBeUndefined()
  const later = memory.reserve('a')
  memory.commit(later, found, 1, STAMP)
  expect(memory.get('a')).toBeDefined()
})

test('an answer that was asked for before changes may have been missed is not kept', () => {
  const { memory, put } = l1()
  put('a')
  const reservation = memory.reserve('b')
  memory.suspend()
  expect(memory.get('a')).toBeUndefined()
  put('c')
  expect(memory.get('c')).toBeUndefined()
  memory.resume()
  memory.commit(reservation, { value: 'b', bornMs: 0, freshUntilMs: 1_000, costMs: 0 }, 1, STAMP)
  expect(memory.get('b')).toBeUndefined()
  put('c')
  expect(memory.get('c')).toBeDefined()
})

test('whatever happens, it holds what was committed last and not invalidated since, within its bounds', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const step = fc.oneof(
    fc.record({ do: fc.constant('reserve' as const), key }),
    fc.record({ do: fc.constant('commit' as const), at: fc.nat(20), bytes: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ do: fc.constant('cancel' as const), at: fc.nat(20) }),
    fc.record({ do: fc.constant('invalidate' as const), key }),
    fc.record({ do: fc.constant('get' as const), key }),
    fc.record({ do: fc.constant('suspend' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { memory } = l1(3, 12)
      const latest = new Map<string, string>()
      const open: { reservation: ReturnType<typeof memory.reserve>; doubtful: boolean }[] = []
      let count = 0
      for (const next of steps) {
        if (next.do === 'reserve') open.push({ reservation: memory.reserve(next.key), doubtful: false })
        if (next.do === 'commit' || next.do === 'cancel') {
          const [taken] = open.splice(next.at % Math.max(1, open.length), 1)
          if (!taken) continue
          if (next.do === 'cancel') memory.cancel(taken.reservation)
          else {
            const value = `v${count++}`
            memory.commit(
              taken.reservation,
              { value, bornMs: 0, freshUntilMs: 1, costMs: 0 },
              next.bytes,
              STAMP,
            )
            if (!taken.doubtful) latest.set(taken.reservation.key, value)
          }
        }
        if (next.do === 'invalidate') {
          memory.invalidate(next.key)
          latest.delete(next.key)
          for (const each of open) if (each.reservation.key === next.key) each.doubtful = true
        }
        if (next.do === 'suspend') {
          memory.suspend()
          memory.resume()
          latest.clear()
          for (const each of open) each.doubtful = true
        }
        if (next.do === 'get') {
          const found = memory.get(next.key)
          if (found) expect(found.value).toBe(latest.get(next.key))
        }
        expect(memory.size).toBeLessThanOrEqual(3)
        expect(memory.bytes).toBeLessThanOrEqual(12)
      }
      let held = 0
      for (const each of ['a', 'b', 'c', 'd', 'e', 'f']) if (memory.get(each)) held++
      expect(held).toBe(memory.size)
    }),
    { numRuns: 2_000 },
  )
})
