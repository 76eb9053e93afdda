import { describe, expect, test, vi } from 'vitest'
import { createPriceHistory, type PriceHistory } from '../../src/market/history.ts'
import { candle, price } from '../fixtures.ts'
import { manualClock } from '../manual-clock.ts'

const SOL = 'solana:So1'
const MINUTE_MS = 60_000

const prices = (history: PriceHistory): number[] =>
  history
    .of(SOL)
    .get()
    .map((point) => point.price)

describe('the last hour of an asset', () => {
  test('is published at most once a second, however fast it ticks', () => {
    const clock = manualClock()
    const history = createPriceHistory(clock)
    const watcher = vi.fn<() => void>()
    history.of(SOL).subscribe(watcher)
    for (let tick = 0; tick < 100; tick += 1) history.add(price({ price: String(tick) }))
    expect(watcher).not.toHaveBeenCalled()
    clock.advance(1_000)
    expect(watcher).toHaveBeenCalledOnce()
    expect(prices(history)).toEqual([99])
    clock.advance(10_000)
    expect(watcher).toHaveBeenCalledOnce()
  })

  test('has one point a minute, and at most sixty', () => {
    const clock = manualClock()
    const history = createPriceHistory(clock)
    for (let minute = 0; minute < 90; minute += 1) {
      history.add(price({ eventTime: minute * MINUTE_MS, price: '1' }))
      history.add(price({ eventTime: minute * MINUTE_MS + 30_000, price: String(minute) }))
    }
    clock.advance(1_000)
    expect(prices(history)).toEqual(Array.from({ length: 60 }, (_, index) => index + 30))
  })

  test('puts candles before the ticks that came first', () => {
    const history = createPriceHistory(manualClock())
    history.add(price({ eventTime: 3 * MINUTE_MS, price: '30' }))
    history.seed(SOL, [candle(MINUTE_MS, '10'), candle(2 * MINUTE_MS, '20'), candle(3 * MINUTE_MS, '29')])
    expect(prices(history)).toEqual([10, 20, 30])
  })

  test('ignores a tick that is a little late, and starts over with a feed that did', () => {
    const clock = manualClock()
    const history = createPriceHistory(clock)
    history.add(price({ eventTime: 100 * MINUTE_MS, price: '1' }))
    history.add(price({ eventTime: 99 * MINUTE_MS, price: '2' }))
    clock.advance(1_000)
    expect(prices(history)).toEqual([1])
    history.add(price({ eventTime: 5 * MINUTE_MS, price: '3' }))
    clock.advance(1_000)
    expect(prices(history)).toEqual([3])
  })

  test('leaves out what cannot be drawn', () => {
    const clock = manualClock()
    const history = createPriceHistory(clock)
    history.add(price({ price: 'nothing' }))
    history.seed(SOL, [candle(MINUTE_MS, 'nothing')])
    clock.advance(1_000)
    expect(prices(history)).toEqual([])
  })
})
