import { describe, expect, test } from 'vitest'
import { secondsUntil } from '../../src/tickets/seconds-until.ts'
import { slippageOf } from '../../src/tickets/slippage.ts'

describe('a typed slippage', () => {
  test.each([
    ['', undefined],
    ['0.5', 50],
    ['.01', 1],
    ['50', 5_000],
  ])('%j is %s bps', (text, bps) => expect(slippageOf(text)).toEqual({ bps, error: null }))

  test.each(['0', '0.001', '50.01', '-1', 'much', '99999999999999999999'])('%j is refused', (text) => {
    expect(slippageOf(text)).toEqual({ bps: undefined, error: expect.stringMatching(/0\.01 to 50/) })
  })
})

describe('a wait', () => {
  test('is counted in whole seconds, and ends', () => {
    expect(secondsUntil(7_000, 0)).toBe(7)
    expect(secondsUntil(7_000, 6_001)).toBe(1)
    expect(secondsUntil(7_000, 7_000)).toBe(0)
    expect(secondsUntil(7_000, 9_000)).toBe(0)
    expect(secondsUntil(null, 0)).toBe(0)
  })
})
