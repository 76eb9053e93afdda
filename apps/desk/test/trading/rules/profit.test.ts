import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as decimal from '../../../src/domain/decimal.ts'
import {
  averageEntry,
  profitPercent,
  realisedBySale,
  unrealised,
  valueOf,
} from '../../../src/trading/rules/profit.ts'

describe('worth and profit', () => {
  test('a value is rounded down', () => {
    expect(valueOf('3', '0.3333333', 6)).toBe('0.999999')
    expect(valueOf('0.00001', '0.01', 6)).toBe('0')
  })

  test('unrealised profit is worth minus cost, and may be a loss', () => {
    const position = { amount: '10', cost: '100.1', quoteDecimals: 6 }
    expect(unrealised(position, '12')).toBe('19.9')
    expect(unrealised(position, '9')).toBe('-10.1')
  })

  test.each([
    ['19.9', '100.1', '19.88'],
    ['-10.1', '100.1', '-10.09'],
    ['-0.000001', '100', '-0.01'],
    ['0.000001', '100', '0'],
    ['5', '0', null],
  ])('a profit of %s on %s is %s percent: it never looks better than it is', (profit, cost, percent) => {
    expect(profitPercent(profit, cost)).toBe(percent)
  })

  test('a sale takes its share of the cost, rounded up', () => {
    const position = { amount: '3', cost: '10', quoteDecimals: 2 }
    const fill = { baseAmount: '1', quoteAmount: '5', fee: '0.01' }
    expect(realisedBySale(position, fill)).toEqual({ realised: '1.65', amount: '2', cost: '6.66' })
  })

  test('selling everything leaves no cost behind', () => {
    const position = { amount: '3', cost: '10', quoteDecimals: 2 }
    const fill = { baseAmount: '3.0', quoteAmount: '9', fee: '0.01' }
    expect(realisedBySale(position, fill)).toEqual({ realised: '-1.01', amount: '0', cost: '0' })
  })

  test.each(['3.000001', '0', '-1'])('%s cannot be sold of 3', (baseAmount) => {
    const position = { amount: '3', cost: '10', quoteDecimals: 2 }
    expect(() => realisedBySale(position, { baseAmount, quoteAmount: '1', fee: '0' })).toThrow(
      /^baseAmount: /,
    )
  })

  test('over any sequence of sales, proceeds minus all cost is what was realised, to the last digit', () => {
    const part = fc.integer({ min: 1, max: 999 })
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1_000n, max: 10n ** 20n }),
        fc.bigInt({ min: 1n, max: 10n ** 15n }),
        fc.array(part, { maxLength: 8 }),
        (units, spent, parts) => {
          let position = {
            amount: decimal.format({ units, scale: 9 }),
            cost: decimal.format({ units: spent, scale: 6 }),
            quoteDecimals: 6,
          }
          let [realised, proceeds] = [decimal.ZERO, decimal.ZERO]
          for (const [index, thousandths] of [...parts, 1_000].entries()) {
            const held = decimal.parse(position.amount)
            const share = { units: BigInt(thousandths), scale: 3 }
            const sold = decimal.multiply(held, share, 9, 'up')
            if (decimal.sign(sold) === 0) break
            const quoteAmount = decimal.format({ units: BigInt(1 + index * 7_919), scale: 6 })
            const fill = { baseAmount: decimal.format(sold), quoteAmount, fee: '0.000001' }
            const after = realisedBySale(position, fill)
            realised = decimal.add(realised, decimal.parse(after.realised))
            proceeds = decimal.subtract(
              decimal.add(proceeds, decimal.parse(quoteAmount)),
              decimal.parse(fill.fee),
            )
            position = { ...position, ...after }
          }
          expect(position).toMatchObject({ amount: '0', cost: '0' })
          const expected = decimal.subtract(proceeds, { units: spent, scale: 6 })
          expect(decimal.compare(realised, expected)).toBe(0)
        },
      ),
    )
  })
})

describe('the average entry', () => {
  test('is the price of a first purchase', () => {
    expect(averageEntry({ amount: '0', entryPrice: '0' }, { baseAmount: '5', price: '1.250' })).toBe('1.25')
  })

  test('weighs amounts, and is rounded up in its 20th digit or after', () => {
    expect(averageEntry({ amount: '1', entryPrice: '100' }, { baseAmount: '0.9375', price: '80' })).toBe(
      '90.322580645161290323',
    )
  })

  test('keeps its digits for prices in micro units', () => {
    expect(
      averageEntry(
        { amount: '1000000', entryPrice: '0.000000000003' },
        { baseAmount: '2000000', price: '0.000000000001' },
      ),
    ).toBe('0.00000000000166666666666666666667')
  })
})
