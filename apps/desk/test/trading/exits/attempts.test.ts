import { describe, expect, test } from 'vitest'
import { createAttempts } from '../../../src/trading/exits/attempts.ts'

const position = (version = 1) => ({ id: 'p', version })

describe('an attempt', () => {
  test('is one at a time', () => {
    const attempts = createAttempts()
    expect(attempts.next(position(), 0)).toBe(1)
    attempts.begin(position())
    expect(attempts.next(position(), 0)).toBeUndefined()
    // Also once somebody else has changed the position.
    expect(attempts.next(position(2), 1e9)).toBeUndefined()
  })

  test('that got through uses up the version: what was read before it decides nothing more', () => {
    const attempts = createAttempts()
    attempts.begin(position(3))
    attempts.end(position(3), { kind: 'done' }, 0)
    expect(attempts.next(position(3), 1e9)).toBeUndefined()
    expect(attempts.next(position(4), 0)).toBe(1)
    expect(attempts.failing().size).toBe(0)
  })

  test('that failed is followed by another number, later each time', () => {
    const attempts = createAttempts()
    let nowMs = 0
    const waits = Array.from({ length: 10 }, (_, index) => {
      expect(attempts.next(position(), nowMs)).toBe(index + 1)
      attempts.begin(position())
      attempts.end(position(), { kind: 'failed' }, nowMs)
      const beganMs = nowMs
      while (attempts.next(position(), nowMs) === undefined) nowMs += 250
      return nowMs - beganMs
    })
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    expect([...attempts.failing()]).toEqual([['p', 10]])
  })

  test('whose outcome is not known is made again under its number', () => {
    const attempts = createAttempts()
    attempts.begin(position())
    attempts.end(position(), { kind: 'unclear' }, 0)
    expect(attempts.next(position(), 249)).toBeUndefined()
    expect(attempts.next(position(), 250)).toBe(1)
  })

  test('that failed before, as the key says, is followed by the next one at once', () => {
    const attempts = createAttempts()
    attempts.begin(position())
    attempts.end(position(), { kind: 'failed', replayed: true }, 0)
    expect(attempts.next(position(), 0)).toBe(2)
    expect(attempts.failing().size).toBe(0)
  })

  test.each(['done', 'failed', 'unclear'] as const)(
    'that ends %s after its position was closed leaves nothing behind',
    (kind) => {
      const attempts = createAttempts()
      attempts.begin(position(3))
      attempts.forget('p')
      expect(attempts.next(position(3), 0)).toBeUndefined()
      attempts.forget('p')
      attempts.end(position(3), { kind }, 0)
      expect(attempts.failing().size).toBe(0)
      // Nothing is known of it any more: any version would do.
      expect(attempts.next(position(1), 0)).toBe(1)
    },
  )

  test('waits as long as whoever refused it asks for', () => {
    const attempts = createAttempts()
    attempts.begin(position())
    attempts.end(position(), { kind: 'failed', retryAfterMs: 5_000 }, 0)
    expect(attempts.next(position(), 4_999)).toBeUndefined()
    expect(attempts.next(position(), 5_000)).toBe(2)
  })

  test('begins at one again when the position has changed, without waiting', () => {
    const attempts = createAttempts()
    attempts.begin(position())
    attempts.end(position(), { kind: 'failed' }, 0)
    expect(attempts.next(position(2), 0)).toBe(1)
    attempts.begin(position(2))
    attempts.end(position(2), { kind: 'done' }, 0)
    expect(attempts.next(position(3), 0)).toBe(1)
  })
})

test('a position is forgotten when it is closed, but not while its order is in flight', () => {
  const attempts = createAttempts()
  attempts.begin(position())
  attempts.forget('p')
  expect(attempts.next(position(), 0)).toBeUndefined()
  attempts.end(position(), { kind: 'failed' }, 0)
  attempts.forget('p')
  expect([attempts.next(position(), 0), attempts.failing().size]).toEqual([1, 0])
})
