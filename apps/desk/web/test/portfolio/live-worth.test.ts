import { describe, expect, test } from 'vitest'
import type { Worth } from '../../src/api/trading-shapes.ts'
import { equityCurve } from '../../src/portfolio/equity-curve.ts'
import { worthAt } from '../../src/portfolio/live-worth.ts'
import { position } from '../fixtures.ts'

const worth: Worth = {
  currency: 'USDC',
  cash: '700',
  positionsValue: '320',
  value: '1020',
  deposits: '1000',
  realised: '0',
  unrealised: '20',
  profit: '20',
  profitPercent: '2',
}

describe('what an agent is worth', () => {
  test('moves with the prices of its positions', () => {
    expect(worthAt(worth, [position()], ['170.5'])).toEqual({
      ...worth,
      positionsValue: '341',
      value: '1041',
      unrealised: '41',
      profit: '41',
      profitPercent: '4.1',
    })
  })

  test('is what the desk said while nothing moves', () => {
    expect(worthAt(worth, [position()], [null])).toEqual(worth)
  })

  test('counts a position without a price with what it cost', () => {
    const unpriced = position({ price: null, value: null })
    expect(worthAt(worth, [unpriced], [null])).toMatchObject({ positionsValue: '300', unrealised: '0' })
  })

  test('leaves out what counts in another currency', () => {
    const foreign = position({ id: 'p2', quote: 'ETH' })
    expect(worthAt(worth, [position(), foreign], ['160', '999']).value).toBe('1020')
  })

  test('without deposits has no profit in percent', () => {
    expect(worthAt({ ...worth, deposits: '0' }, [], []).profitPercent).toBeNull()
  })
})

describe('the curve', () => {
  const point = (at: string, value: string) => ({ at, value })

  test('ends with the value of this moment', () => {
    const nowMs = Date.parse('2026-01-02T03:05:10Z')
    const curve = equityCurve(
      [point('2026-01-02T03:05:00Z', '2'), point('2026-01-02T03:04:00Z', '1')],
      '3',
      nowMs,
    )
    expect(curve.map(({ value }) => value)).toEqual(['1', '2', '3'])
    expect(curve.at(-1)?.atMs).toBe(nowMs)
  })

  test('does not fold back when the desk’s clock is ahead', () => {
    const curve = equityCurve([point('2026-01-02T03:05:00Z', '1')], '2', 0)
    expect(curve.map(({ atMs }) => atMs)).toEqual([Date.parse('2026-01-02T03:05:00Z'), expect.any(Number)])
    expect(curve[1]?.atMs).toBeGreaterThan(curve[0]?.atMs ?? 0)
  })

  test('does without the value while it is not known', () => {
    expect(equityCurve([], undefined, 0)).toEqual([])
  })
})
