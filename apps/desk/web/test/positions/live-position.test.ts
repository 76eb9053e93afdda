import { describe, expect, test } from 'vitest'
import { profitPercent, unrealised, valueOf } from '../../../src/trading/rules/profit.ts'
import { positionAt } from '../../src/positions/live-position.ts'
import { position } from '../fixtures.ts'

describe('a position at a price', () => {
  test('is what the desk said, at the desk’s own price or without a newer one', () => {
    const odd = position({ value: '1', unrealised: '2', profitPercent: '3' })
    expect(positionAt(odd, '160')).toMatchObject({ value: '1', unrealised: '2', profitPercent: '3' })
    expect(positionAt(odd, null)).toMatchObject({ price: '160', value: '1' })
  })

  test('is what the desk will say at that price, to the last digit', () => {
    for (let round = 1; round <= 2_000; round += 1) {
      // Amounts of all sizes, with more digits than the value may have.
      const amount = `${round % 7}.${String(round * 7_919).padStart(9, '0')}`
      const price = `${(round * 31) % 1_000}.${String(round * 104_729).padStart(8, '0')}`
      const cost = `${(round * 17) % 900}.${round}1`
      const held = position({ amount, cost })
      const profit = unrealised({ amount, cost, quoteDecimals: 6 }, price)
      expect(positionAt(held, price)).toEqual({
        price,
        value: valueOf(amount, price, 6),
        unrealised: profit,
        profitPercent: profitPercent(profit, cost),
      })
    }
  })

  test('that the desk has no price for is not known, until the stream has one', () => {
    const unpriced = position({ price: null, value: null, unrealised: null, profitPercent: null })
    expect(positionAt(unpriced, null).value).toBeNull()
    expect(positionAt(unpriced, '100')).toMatchObject({ value: '200', unrealised: '-100' })
  })
})
