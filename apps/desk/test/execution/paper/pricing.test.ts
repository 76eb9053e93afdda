import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as decimal from '../../../src/domain/decimal.ts'
import {
  fillOnPaper,
  MOST_DRAWN_BPS,
  type PaperFill,
  type PaperOrder,
} from '../../../src/execution/paper/pricing.ts'

function anOrder(change: Partial<PaperOrder> = {}): PaperOrder {
  return {
    side: 'buy',
    chain: 'solana',
    asset: 'DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263',
    amount: '1000',
    reference: { price: '0.0000123400', seq: 7 },
    depth: '2000000',
    decimals: 5,
    quoteDecimals: 6,
    ...change,
  }
}

function filled(order: PaperOrder): PaperFill {
  const fill = fillOnPaper(order)
  if (fill.state !== 'filled') throw new Error(`${fill.code}: ${fill.reason}`)
  return fill
}

const at = (text: string): decimal.Decimal => decimal.parse(text)
const sumOf = (a: string, b: string): string => decimal.format(decimal.add(at(a), at(b)))
const isAbove = (a: string, b: string): boolean => decimal.compare(at(a), at(b)) > 0
/** In full, without rounding. */
const times = (a: string, b: string): { units: bigint; scale: number } => ({
  units: at(a).units * at(b).units,
  scale: at(a).scale + at(b).scale,
})

describe('a buy', () => {
  test('spends its budget to the last digit, the fee included', () => {
    const fill = filled(anOrder())
    expect(fill.quoteAmount).toBe('999.000999')
    expect(fill.fee).toBe('0.999001')
    expect(sumOf(fill.quoteAmount, fill.fee)).toBe('1000')
  })

  test('pays more than the reference by what it moves the price and what is drawn', () => {
    const fill = filled(anOrder())
    // 999 of 2,000,000 is 5 basis points.
    expect(fill.priceImpact).toBe('0.00049926')
    expect(fill.slippageBps).toBeGreaterThanOrEqual(5)
    expect(fill.slippageBps).toBeLessThanOrEqual(6 + MOST_DRAWN_BPS)
    expect(isAbove(fill.price, '0.00001234')).toBe(true)
  })

  test('of half the market’s depth costs a third of its value', () => {
    const fill = filled(anOrder({ amount: '1001000' }))
    expect(fill.priceImpact).toBe('0.33333334')
    expect(fill.slippageBps).toBeGreaterThanOrEqual(5_000)
  })
})

describe('a sell', () => {
  const sell = (change: Partial<PaperOrder> = {}): PaperOrder =>
    anOrder({ side: 'sell', amount: '81000000', ...change })

  test('gives exactly what was asked, and brings less than the reference says', () => {
    const fill = filled(sell())
    expect(fill.baseAmount).toBe('81000000')
    expect(isAbove('0.00001234', fill.price)).toBe(true)
    expect(isAbove('999.54', fill.quoteAmount)).toBe(true)
  })

  test('pays a fee of 10 basis points, rounded up', () => {
    const fill = filled(sell())
    const exact = decimal.multiply(at(fill.quoteAmount), at('0.001'), 20, 'up')
    expect(fill.fee).toBe(decimal.format(decimal.round(exact, 6, 'up')))
  })

  test('that would bring nothing once its fee is paid is refused', () => {
    expect(fillOnPaper(sell({ amount: '0.00001' }))).toMatchObject({
      state: 'rejected',
      code: 'AMOUNT_TOO_SMALL',
    })
    // Worth one smallest unit of the quote, which the fee takes.
    expect(fillOnPaper(sell({ amount: '0.1' }))).toMatchObject({
      state: 'rejected',
      code: 'AMOUNT_TOO_SMALL',
    })
    expect(fillOnPaper(sell({ amount: '0.3' }))).toMatchObject({ state: 'filled' })
  })
})

describe('refusals', () => {
  test('a buy that would bring nothing', () => {
    const order = anOrder({ amount: '0.000001', decimals: 0, reference: { price: '97240', seq: 1 } })
    expect(fillOnPaper(order)).toMatchObject({ state: 'rejected', code: 'AMOUNT_TOO_SMALL' })
  })

  test('a price that is worse than allowed, and only then', () => {
    const { slippageBps } = filled(anOrder())
    expect(fillOnPaper(anOrder({ maxSlippageBps: slippageBps }))).toMatchObject({ state: 'filled' })
    expect(fillOnPaper(anOrder({ maxSlippageBps: slippageBps - 1 }))).toEqual({
      state: 'rejected',
      code: 'SLIPPAGE_EXCEEDED',
      reason: `the price would be ${slippageBps} basis points worse than 0.00001234, allowed are ${slippageBps - 1}`,
    })
  })

  test.each(['0', '-1', 'x'])('%s is no amount, no price and no depth', (text) => {
    expect(() => fillOnPaper(anOrder({ amount: text }))).toThrow(/^amount: /)
    expect(() => fillOnPaper(anOrder({ reference: { price: text, seq: 1 } }))).toThrow(/^reference.price: /)
    expect(() => fillOnPaper(anOrder({ depth: text }))).toThrow(/^depth: /)
  })
})

describe('the same order in the same tick', () => {
  test('gets the same fill, in whatever form its numbers are written', () => {
    expect(filled(anOrder({ amount: '1000.00' }))).toEqual(filled(anOrder()))
    expect(filled(anOrder({ reference: { price: '0.00001234', seq: 7 } }))).toEqual(filled(anOrder()))
  })

  test('and none of its parts is forgotten: another asset, tick, side or size draws anew', () => {
    const spread = (orders: PaperOrder[]): number =>
      new Set(orders.map((order) => filled(order).slippageBps)).size
    const counts = Array.from({ length: 60 }, (_, index) => index)
    expect(spread(counts.map((seq) => anOrder({ reference: { price: '1', seq } })))).toBeGreaterThan(10)
    expect(spread(counts.map((asset) => anOrder({ asset: `A${asset}` })))).toBeGreaterThan(10)
    expect(spread(counts.map((cents) => anOrder({ amount: `1.${cents + 10}` })))).toBeGreaterThan(10)
  })

  test('is filled in a known way: a change of this figure changes every recorded run', () => {
    expect(filled(anOrder())).toMatchInlineSnapshot(`
      {
        "baseAmount": "80818920.58774",
        "fee": "0.999001",
        "price": "0.00001236097923277",
        "priceImpact": "0.00049926",
        "quoteAmount": "999.000999",
        "slippageBps": 18,
        "state": "filled",
      }
    `)
    expect(filled(anOrder({ side: 'sell', amount: '81000000' }))).toMatchInlineSnapshot(`
      {
        "baseAmount": "81000000",
        "fee": "0.998342",
        "price": "0.00001232520223367",
        "priceImpact": "0.00049953",
        "quoteAmount": "998.34138",
        "slippageBps": 12,
        "state": "filled",
      }
    `)
  })
})

describe('money is never made', () => {
  // 10^12 of the quote at a price of 10^-scale is 10^(12 + scale) of the asset: with its decimals no more than a decimal
  // has digits for.
  const mostScale = (decimals: number) => Math.min(16, decimal.MAX_DIGITS - 1 - 12 - decimals)
  const order = fc
    .record({
      units: fc.bigInt({ min: 1n, max: 10n ** 12n }),
      scale: fc.integer({ min: 0, max: 16 }),
      seq: fc.nat(),
      cents: fc.bigInt({ min: 1n, max: 10n ** 14n }),
      decimals: fc.integer({ min: 0, max: 18 }),
      quoteDecimals: fc.integer({ min: 2, max: 18 }),
      depth: fc.integer({ min: 1, max: 10_000_000 }),
    })
    .map(({ units, scale, seq, cents, decimals, quoteDecimals, depth }) =>
      anOrder({
        amount: decimal.format({ units: cents, scale: 2 }),
        reference: {
          price: decimal.format({ units, scale: Math.min(scale, mostScale(decimals)) }),
          seq,
        },
        depth: `${depth}`,
        decimals,
        quoteDecimals,
      }),
    )

  test('at the reference price, what a trade brings is worth no more than what it gives', () => {
    fc.assert(
      fc.property(order, (buy) => {
        const bought = fillOnPaper(buy)
        if (bought.state !== 'filled') return
        const worth = times(bought.baseAmount, buy.reference.price)
        expect(decimal.compare(worth, at(bought.quoteAmount))).toBeLessThanOrEqual(0)
        expect(
          decimal.compare(times(bought.baseAmount, bought.price), at(bought.quoteAmount)),
        ).toBeLessThanOrEqual(0)
        expect(sumOf(bought.quoteAmount, bought.fee)).toBe(decimal.canonical(buy.amount))

        const sold = fillOnPaper({ ...buy, side: 'sell', amount: bought.baseAmount })
        if (sold.state !== 'filled') return
        expect(decimal.compare(at(sold.quoteAmount), worth)).toBeLessThanOrEqual(0)
        expect(decimal.compare(at(sold.quoteAmount), times(sold.baseAmount, sold.price))).toBeLessThanOrEqual(
          0,
        )
        expect(isAbove(sold.quoteAmount, sold.fee)).toBe(true)
        // There and back at one price always costs something.
        const back = decimal.subtract(at(sold.quoteAmount), at(sold.fee))
        expect(decimal.compare(back, at(buy.amount))).toBe(-1)
      }),
      { numRuns: 500 },
    )
  })

  test('the fee is never below its rate', () => {
    fc.assert(
      fc.property(order, (buy) => {
        const bought = fillOnPaper(buy)
        if (bought.state !== 'filled') return
        expect(decimal.compare(at(bought.fee), times(bought.quoteAmount, '0.001'))).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('amounts have no more digits than their ledgers', () => {
    fc.assert(
      fc.property(order, (buy) => {
        const bought = fillOnPaper(buy)
        if (bought.state !== 'filled') return
        expect(at(bought.baseAmount).scale).toBeLessThanOrEqual(buy.decimals)
        expect(at(bought.quoteAmount).scale).toBeLessThanOrEqual(buy.quoteDecimals)
        expect(at(bought.fee).scale).toBeLessThanOrEqual(buy.quoteDecimals)
      }),
    )
  })
})
