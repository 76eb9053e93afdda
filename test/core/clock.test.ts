import { systemClock } from 'holdfast'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const DAY_MS = 86_400_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a callback a year away does not run at once: the host counts its timers in 32 bits', () => {
  const callback = vi.fn<() => void>()
  systemClock.after(366 * DAY_MS, callback)
  vi.advanceTimersByTime(366 * DAY_MS - 1)
  expect(callback).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(callback).toHaveBeenCalledOnce()
})

test('one that far away can be cancelled at any time', () => {
  const callback = vi.fn<() => void>()
  const timer = systemClock.after(60 * DAY_MS, callback)
  vi.advanceTimersByTime(30 * DAY_MS)
  timer.cancel()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(60 * DAY_MS)
  expect(callback).not.toHaveBeenCalled()
})

test('the recent time is that of the first question for a millisecond, then asked for again', () => {
  const first = systemClock.recent()
  expect(systemClock.recent()).toBe(first)
  vi.advanceTimersByTime(1)
  const second = systemClock.recent()
  expect(second).toBeGreaterThan(first)
  expect(systemClock.now() - second).toBeLessThanOrEqual(1)
})
