import { virtualClock } from 'holdfast/testing'
import { describe, expect, test } from 'vitest'
import { createBoard } from '../../src/market/board.ts'
import type { Tick } from '../../src/market/price-source.ts'
import { MON, SOL } from '../test-desk.ts'

const T0 = Date.UTC(2026, 0, 1, 12)
const MINUTE = 60_000
const DAY = 86_400_000

function tick(price: string, eventTimeMs: number, { chain, asset } = SOL): Tick {
  return { chain, asset, price, quantity: '1', eventTimeMs }
}

describe('the last price', () => {
  test('is the one of the last tick, counted for each asset, aged from receipt', async () => {
    const clock = virtualClock()
    const board = createBoard(clock)
    expect([board.latest(SOL), board.silenceMs(), board.ticks()]).toEqual([null, null, 0])
    board.record(tick('1', T0))
    board.record(tick('2', T0 + 5))
    board.record(tick('7', T0 + 6, MON))
    await clock.advance(250)
    expect(board.latest(SOL)).toEqual({
      price: { price: '2', eventTime: T0 + 5, seq: 2, change24h: null },
      ageMs: 250,
    })
    expect(board.latest(MON)).toMatchObject({ price: { seq: 1 } })
    expect(board.latest({ chain: 'monad', asset: SOL.asset })).toBeNull()
    expect([board.silenceMs(), board.ticks()]).toEqual([250, 3])
  })

  test('does not come from the past', () => {
    const board = createBoard(virtualClock())
    board.recordPast(tick('5', T0))
    expect([board.latest(SOL), board.silenceMs(), board.ticks()]).toEqual([null, null, 0])
    expect(board.candles(SOL, '1m', 10)).toMatchObject([{ close: '5' }])
    expect(board.record(tick('6', T0 + 1))).toMatchObject({ seq: 1 })
  })

  test('a tick that is no trade is refused, and counts for nothing', () => {
    const board = createBoard(virtualClock())
    expect(() => board.record(tick('1e5', T0))).toThrow(/price: "1e5" is no decimal/)
    expect(() => board.record({ ...tick('1', T0), quantity: 'many' })).toThrow(/quantity/)
    expect([board.latest(SOL), board.ticks(), board.candles(SOL, '1m', 1)]).toEqual([null, 0, []])
  })
})

describe('the change over 24 hours', () => {
  /** What the board says when the price was `then` a day ago, and is `now`. */
  const change = (then: string, now: string): string | null => {
    const board = createBoard(virtualClock())
    board.recordPast(tick(then, T0 - DAY))
    return board.record(tick(now, T0)).change24h
  }

  test.each([
    ['100', '101', '+1'],
    ['100', '99', '-1'],
    ['100', '100', '0'],
    ['3', '4', '+33.33'],
    ['3', '2', '-33.33'],
    ['8', '8.01', '+0.12'],
    // Halves go to the even neighbour.
    ['1000', '1000.05', '0'],
    ['1000', '1000.15', '+0.02'],
    ['1000', '999.95', '0'],
    // Small prices have as many digits that count as large ones.
    ['0.00000000000000000000000000000001', '0.00000000000000000000000000000003', '+200'],
    ['0.0000000000000000000000000000000003', '0.0000000000000000000000000000000001', '-66.67'],
    ['0.000000000000000000000000000001', '0.00000000000000000000000000000101', '+1'],
    ['0.00000001', '12345678.9', '+123456788999999900'],
    ['0.1', '0.3', '+200'],
    ['9007199254740993', '9007199254740994', '0'],
  ])('from %s to %s is %s percent', (then, now, expected) => {
    expect(change(then, now)).toBe(expected)
  })

  test('is not said of prices that no decimal holds together', () => {
    expect(change(`0.${'0'.repeat(38)}1`, `1${'0'.repeat(39)}`)).toBeNull()
    expect(change(`1${'0'.repeat(39)}`, `0.${'0'.repeat(38)}1`)).toBeNull()
    // Nor is a percentage that has too many digits.
    expect(change(`0.${'0'.repeat(38)}1`, '1')).toBeNull()
  })

  test('is measured from the close of the five minutes that lie a day back', () => {
    const board = createBoard(virtualClock())
    board.recordPast(tick('100', T0 - DAY - 10 * MINUTE))
    board.recordPast(tick('200', T0 - DAY))
    board.recordPast(tick('400', T0 - DAY + 6 * MINUTE))
    expect(board.record(tick('200', T0)).change24h).toBe('0')
    expect(board.record(tick('300', T0 + MINUTE)).change24h).toBe('+50')
    // The day has moved on by five minutes, and with it what it is measured from.
    expect(board.record(tick('200', T0 + 5 * MINUTE)).change24h).toBe('-50')
  })

  test('is not known while the market is younger than a day', () => {
    const board = createBoard(virtualClock())
    board.record(tick('1', T0))
    expect(board.record(tick('2', T0 + DAY - 1)).change24h).toBeNull()
    expect(board.record(tick('2', T0 + DAY)).change24h).toBe('+100')
  })

  test('knows what was traded before a quiet night', () => {
    const board = createBoard(virtualClock())
    board.record(tick('1', T0))
    expect(board.record(tick('2', T0 + 3 * DAY)).change24h).toBe('+100')
  })

  test('is that of the asset itself', () => {
    const board = createBoard(virtualClock())
    board.recordPast(tick('1', T0 - DAY, MON))
    expect(board.record(tick('2', T0)).change24h).toBeNull()
  })
})
