import type { Clock } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'

import { waitUntil } from '../../src/market/pacing.ts'

const never = new AbortController().signal

test('waits until the moment, and not at all for one that has passed', async () => {
  const clock = virtualClock()
  const waiting = waitUntil(clock, 10.5, never).then(() => clock.now())
  await clock.advance(100)
  expect(await waiting).toBeGreaterThanOrEqual(10.5)
  expect(await waitUntil(clock, 50, never)).toBe(true)
})

test('a timer that fires early is followed by another', async () => {
  const exact = virtualClock()
  const hasty: Clock = { ...exact, after: (delayMs, callback) => exact.after(delayMs * 0.9, callback) }
  const waiting = waitUntil(hasty, 1_000, never).then(() => exact.now())
  await exact.advance(2_000)
  expect(await waiting).toBeGreaterThanOrEqual(1_000)
})

test('no timer is asked for more than the 32 bits that the host counts in', async () => {
  const clock = virtualClock()
  const asked: number[] = []
  const watched: Clock = {
    ...clock,
    after(delayMs, callback) {
      asked.push(delayMs)
      return clock.after(delayMs, callback)
    },
  }
  const thirtyDaysMs = 30 * 86_400_000
  const waiting = waitUntil(watched, thirtyDaysMs, never).then(() => clock.now())
  await clock.advance(thirtyDaysMs)
  expect(await waiting).toBe(thirtyDaysMs)
  expect(Math.max(...asked)).toBeLessThan(2 ** 31)
})

test('ends with false as soon as the signal aborts, and leaves no timer behind', async () => {
  const clock = virtualClock()
  const abort = new AbortController()
  const waiting = waitUntil(clock, 1_000, abort.signal)
  abort.abort()
  expect(await waiting).toBe(false)
  expect(clock.pending).toBe(0)
  expect(await waitUntil(clock, 0, abort.signal)).toBe(false)
})
