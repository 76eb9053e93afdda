import { describe, expect, test } from 'vitest'
import { CHART_CANDLES, mergeCandle } from '../../src/market/candles.ts'
import { candle } from '../fixtures.ts'

describe('merging a live candle', () => {
  test('replaces the last one while it forms', () => {
    const merged = mergeCandle([candle(1), candle(2, '5')], candle(2, '6'))
    expect(merged.map(({ time, close }) => [time, close])).toEqual([
      [1, '1'],
      [2, '6'],
    ])
  })

  test('appends a new one', () => {
    expect(mergeCandle([candle(1)], candle(2)).map(({ time }) => time)).toEqual([1, 2])
    expect(mergeCandle([], candle(2)).map(({ time }) => time)).toEqual([2])
  })

  test('ignores one that is late', () => {
    const candles = [candle(1), candle(2)]
    expect(mergeCandle(candles, candle(1, '9'))).toBe(candles)
  })

  test('never holds more than a chart shows', () => {
    const full = Array.from({ length: CHART_CANDLES }, (_, time) => candle(time))
    const merged = mergeCandle(full, candle(CHART_CANDLES))
    expect(merged).toHaveLength(CHART_CANDLES)
    expect(merged[0]?.time).toBe(1)
  })
})
