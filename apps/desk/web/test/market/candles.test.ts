import { describe, expect, test } from 'vitest'
import { CHART_CANDLES, extendTail, joinCandles } from '../../src/market/candles.ts'
import { candle } from '../fixtures.ts'

const closes = (candles: readonly { time: number; close: string }[] | null) =>
  candles?.map(({ time, close }) => [time, close])
const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => candle(from + index))

describe('what the stream sent', () => {
  test('grows by messages that begin with the last candle of the one before', () => {
    const tail = extendTail(extendTail([], [candle(1)]), [candle(1, '5'), candle(2, '6'), candle(3, '7')])
    expect(closes(tail)).toEqual([
      [1, '5'],
      [2, '6'],
      [3, '7'],
    ])
    expect(closes(extendTail(tail, [candle(3, '8')]))?.at(-1)).toEqual([3, '8'])
  })

  test('begins anew where a message leaves candles out', () => {
    expect(closes(extendTail([candle(1), candle(2)], [candle(3)]))).toEqual([[3, '1']])
  })

  test('is never longer than a chart', () => {
    const tail = extendTail(many(0, CHART_CANDLES), [candle(CHART_CANDLES - 1), candle(CHART_CANDLES)])
    expect(tail).toHaveLength(CHART_CANDLES)
    expect(tail.at(-1)?.time).toBe(CHART_CANDLES)
    expect(extendTail([], many(0, CHART_CANDLES + 9))).toHaveLength(CHART_CANDLES)
  })
})

describe('a history and what the stream sent', () => {
  test('join where the history reaches the first candle that was sent', () => {
    expect(closes(joinCandles([candle(1), candle(2)], [candle(2, '5', 4), candle(3, '6')]))).toEqual([
      [1, '1'],
      [2, '5'],
      [3, '6'],
    ])
  })

  test('do not join over a hole', () => {
    expect(joinCandles([candle(1)], [candle(3)])).toBeNull()
    expect(joinCandles([], [candle(3)])).toBeNull()
  })

  test('do not join side by side either: the last candle of the history may not have been complete', () => {
    expect(joinCandles([candle(1)], [candle(2)])).toBeNull()
  })

  test('take the newer form of a candle from wherever it is', () => {
    const history = [candle(1), candle(2, '9', 40), candle(3, '10')]
    expect(closes(joinCandles(history, [candle(1, '5', 4), candle(2, '6', 30)]))).toEqual([
      [1, '5'],
      [2, '9'],
      [3, '10'],
    ])
  })

  test('need no join where the stream alone fills the chart', () => {
    const tail = many(5_000, CHART_CANDLES)
    expect(joinCandles([candle(1)], tail)).toEqual(tail)
    expect(joinCandles(many(4_990, 20), tail)).toEqual(tail)
  })

  test('are the history alone before anything was sent', () => {
    const history = [candle(1)]
    expect(joinCandles(history, [])).toBe(history)
  })
})
