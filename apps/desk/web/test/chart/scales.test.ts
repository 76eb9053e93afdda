import { describe, expect, test } from 'vitest'
import { decimalsFor, priceLabels, timeLabels } from '../../src/chart/axis-labels.ts'
import { toColumns } from '../../src/chart/columns.ts'
import { tracePaths } from '../../src/chart/trace-path.ts'
import { visibleCandles, visibleRange, zoomed } from '../../src/chart/zoom.ts'
import { candle } from '../fixtures.ts'

describe('axis labels', () => {
  test.each([
    [0.25, 2],
    [0.1, 1],
    [0.05, 2],
    [0.000001, 6],
    [5, 0],
    [2.5, 1],
    [0, 2],
    [Number.NaN, 2],
  ])('a step of %d is told apart with %i decimals', (increment, decimals) => {
    expect(decimalsFor(increment)).toBe(decimals)
  })

  test('are exact and grouped', () => {
    expect(priceLabels([97_250.25, 97_250.5], 0.25)).toEqual(['97,250.25', '97,250.50'])
  })

  test('name the day where one begins', () => {
    const midnightS = Date.UTC(2026, 10, 21) / 1000
    expect(timeLabels([midnightS - 600, midnightS, midnightS + 600], 600)).toEqual([
      '23:50',
      '21 Nov',
      '00:10',
    ])
  })
})

describe('the visible candles', () => {
  const minutes = (count: number, stepMs = 60_000) =>
    Array.from({ length: count }, (_, index) => candle(index * stepMs))

  test('are as many as fit, and fewer or more when zoomed', () => {
    expect(visibleCandles(900, 0, 300)).toBe(100)
    expect(visibleCandles(900, 2, 300)).toBeLessThan(100)
    expect(visibleCandles(900, -5, 300)).toBe(300)
    expect(visibleCandles(100, 5, 300)).toBe(20)
    expect(visibleCandles(900, 0, 3)).toBe(3)
  })

  test('are zoomed within limits', () => {
    expect([zoomed(0, 1), zoomed(5, 1), zoomed(-5, -1)]).toEqual([1, 5, -5])
  })

  test('fill the chart even where the market left gaps', () => {
    const range = visibleRange(minutes(300, 600_000), 100, 60_000)
    expect(range.min).toBe((200 * 600_000) / 1000 - 30)
  })

  test('leave room on both sides of a single candle', () => {
    const { min, max } = visibleRange(minutes(1), 1, 60_000)
    expect(max - min).toBeGreaterThan(20 * 60)
    expect(visibleRange([], 20, 60_000).max).toBe(120)
  })
})

describe('drawing', () => {
  test('turns candles into columns of seconds and numbers', () => {
    expect(toColumns([candle(60_000, '1.25')])).toEqual([[60], [1], [2], [0.5], [1.25], [10]])
  })

  test('puts a trace from edge to edge, lowest at the bottom', () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: 3 },
    ]
    expect(tracePaths(points, {})).toEqual({
      line: 'M0.0 30.0L120.0 2.0',
      area: 'M0.0 30.0L120.0 2.0V32H0.0Z',
    })
    expect(tracePaths(points, { fromZero: true })?.line).toBe('M0.0 20.7L120.0 2.0')
  })

  test('starts a trace where its time does, when the left edge is earlier', () => {
    const points = [
      { x: 30, y: 1 },
      { x: 60, y: 2 },
    ]
    expect(tracePaths(points, { left: 0 })?.area).toBe('M60.0 30.0L120.0 2.0V32H60.0Z')
  })

  test('draws a flat market as a line in the middle, and no traffic at the bottom', () => {
    const flat = [
      { x: 0, y: 0 },
      { x: 1, y: 0 },
    ]
    expect(tracePaths(flat, {})?.line).toBe('M0.0 16.0L120.0 16.0')
    expect(tracePaths(flat, { fromZero: true })?.line).toBe('M0.0 30.0L120.0 30.0')
    expect(tracePaths([{ x: 0, y: 1 }], {})).toBeNull()
    expect(tracePaths([], {})).toBeNull()
  })
})
