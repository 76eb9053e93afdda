import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as decimal from '../../../src/domain/decimal.ts'
import { TradingConfig } from '../../../src/trading/rules/config.ts'
import { drawShare, purchaseSize } from '../../../src/trading/rules/sizing.ts'

const { SOL } = TradingConfig.parse({}).purchase.limits

describe('the size of a purchase', () => {
  test.each([
    ['0.5', '1', '0.1'],
    ['4.999999999', '1', '0.1'],
    ['5', '0', '0.5'],
    ['5', '0.5', '0.75'],
    ['9.9', '1', '1'],
    ['10', '0', '1.5'],
    ['1000000', '1', '2'],
    ['10', '0.333', '1.6665'],
  ])('a balance of %s and a share of %s give %s', (balance, share, amount) => {
    expect(purchaseSize(balance, SOL, 9, share)).toEqual({ amount })
  })

  test.each(['0', '0.49999'])('a balance of %s buys nothing', (balance) => {
    expect(purchaseSize(balance, SOL, 9, '1')).toMatchObject({ refused: 'BALANCE_BELOW_MINIMUM' })
  })

  test('a balance below the first tier buys nothing', () => {
    const limits = { ...SOL, minimumBalance: '0' }
    expect(purchaseSize('0.1', limits, 9, '1')).toMatchObject({ refused: 'BALANCE_BELOW_MINIMUM' })
  })

  test('a balance below the tier’s size is spent whole, unless that is too little', () => {
    const limits = { ...SOL, minimumBalance: '0', sizes: [{ fromBalance: '0', least: '1', most: '1' }] }
    expect(purchaseSize('0.4', limits, 9, '0')).toEqual({ amount: '0.4' })
    expect(purchaseSize('0.009', limits, 9, '0')).toMatchObject({ refused: 'BALANCE_BELOW_MINIMUM' })
  })

  test.each(['-0.1', '1.1', 'half'])('%s is no share', (share) => {
    expect(() => purchaseSize('10', SOL, 9, share)).toThrow(/^share: /)
  })

  test('is within its tier, the balance and the digits of the quote, whatever is drawn', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 20_000_000_000n }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: 9 }),
        (units, drawn, digits) => {
          const balance = decimal.format({ units, scale: 9 })
          const sizing = purchaseSize(balance, SOL, digits, drawShare({ float: () => drawn }))
          if (!('amount' in sizing)) return
          const amount = decimal.parse(sizing.amount)
          expect(amount.scale).toBeLessThanOrEqual(digits)
          expect(decimal.compare(amount, decimal.parse(balance))).toBeLessThanOrEqual(0)
          expect(decimal.compare(amount, decimal.parse(SOL.maxPurchase))).toBeLessThanOrEqual(0)
        },
      ),
    )
  })

  test('a drawn share goes from 0 to 1 in thousandths', () => {
    expect(drawShare({ float: () => 0 })).toBe('0')
    expect(drawShare({ float: () => 0.5 })).toBe('0.5')
    expect(drawShare({ float: () => 1 - Number.EPSILON })).toBe('1')
  })
})
