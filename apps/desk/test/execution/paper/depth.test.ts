import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as decimal from '../../../src/domain/decimal.ts'
import { defaultDepth, impactExceeds, largestBuy, largestTrade } from '../../../src/execution/paper/depth.ts'
import { fillOnPaper } from '../../../src/execution/paper/pricing.ts'

describe('price impact', () => {
  test('of fills is a share and of configs a percentage: 0.05 is 5 %', () => {
    expect(impactExceeds('0.05', '5')).toBe(false)
    expect(impactExceeds('0.05000001', '5')).toBe(true)
    expect(impactExceeds('0.05', '0.05')).toBe(true)
    expect(impactExceeds('0.0005', '0.05')).toBe(false)
    expect(impactExceeds('1', '5')).toBe(true)
  })

  test('the largest trade and the largest buy are named in the quote', () => {
    expect(largestTrade('2000000', '50', 6)).toBe('2000000')
    expect(largestTrade('2000000', '5', 6)).toBe('105263.157894')
    expect(largestBuy('2000000', '50', 6)).toBe('2002000')
  })

  test('the largest buy is allowed, and anything noticeably larger is not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000_000 }),
        fc.integer({ min: 1, max: 900 }),
        (depth, permille) => {
          const maxPercent = decimal.format({ units: BigInt(permille), scale: 1 })
          const amount = largestBuy(`${depth}`, maxPercent, 6)
          const order = (budget: string) =>
            fillOnPaper({
              side: 'buy',
              chain: 'binance',
              asset: 'XRPETH',
              amount: budget,
              reference: { price: '1', seq: 1 },
              depth: `${depth}`,
              decimals: 18,
              quoteDecimals: 6,
            })
          const largest = order(amount)
          const larger = order(
            decimal.format(decimal.multiply(decimal.parse(amount), decimal.parse('1.001'), 6, 'up')),
          )
          if (largest.state !== 'filled' || larger.state !== 'filled') throw new Error('both are filled')
          expect(impactExceeds(largest.priceImpact, maxPercent)).toBe(false)
          expect(impactExceeds(larger.priceImpact, maxPercent)).toBe(true)
        },
      ),
    )
  })

  test('markets have a depth in their own quote', () => {
    expect(defaultDepth('USDC')).toBe('2000000')
    expect(defaultDepth('ETH')).toBe('600')
  })
})
