import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as decimal from '../../../src/domain/decimal.ts'
import type { TradingConfig } from '../../../src/trading/rules/config.ts'
import type { Decision } from '../../../src/trading/rules/decision.ts'
import { evaluate } from '../../../src/trading/rules/evaluate.ts'
import type { PositionState } from '../../../src/trading/rules/held.ts'
import { aPosition, onlyRules, OPENED_AT_MS } from './fixture.ts'

const takeProfit = (change: object = {}): TradingConfig =>
  onlyRules({ takeProfit: { enabled: true, ...change } })

const at = (price: string, position: PositionState, config = takeProfit()): Decision | undefined =>
  evaluate(position, price, OPENED_AT_MS, config)[0]

/** The position as a sale leaves it. */
const afterwards = (
  position: PositionState,
  { amount, levels = [], moonbag = false }: Decision,
): PositionState => ({
  ...position,
  amount: decimal.format(decimal.subtract(decimal.parse(position.amount), decimal.parse(amount))),
  levelsHit: [...position.levelsHit, ...levels],
  moonbag: position.moonbag || moonbag,
})

describe('levels', () => {
  test('sell their share of what was bought, at their price and not before', () => {
    expect(at('1.499999', aPosition())).toBeUndefined()
    expect(at('1.5', aPosition())).toEqual({
      kind: 'take_profit',
      side: 'sell',
      amount: '25',
      levels: [0],
      why: 'price 1.5 reached +50 % of the entry 1',
    })
  })

  test('are taken once', () => {
    expect(at('1.6', aPosition({ amount: '75', levelsHit: [0] }))).toBeUndefined()
    expect(at('2.5', aPosition({ amount: '75', levelsHit: [0] }))).toMatchObject({
      amount: '25',
      levels: [1],
    })
  })

  test('that one tick jumps over are sold together', () => {
    expect(at('2.6', aPosition())).toMatchObject({ amount: '50', levels: [0, 1] })
    expect(at('9', aPosition())).toMatchObject({ amount: '90', levels: [0, 1, 2, 3], moonbag: true })
  })

  test('sell what is left when less is held than their share', () => {
    expect(at('1.5', aPosition({ amount: '10' }))).toMatchObject({ amount: '10', levels: [0] })
  })

  test('round down to what the asset can be divided into', () => {
    expect(at('1.5', aPosition({ amount: '7', bought: '7', decimals: 0 }))).toMatchObject({ amount: '1' })
  })

  test('too small to sell anything wait for the next one', () => {
    const three = aPosition({ amount: '3', bought: '3', decimals: 0, quoteDecimals: 2 })
    expect(at('1.5', three)).toBeUndefined()
    expect(at('2.5', three)).toMatchObject({ amount: '1', levels: [0, 1] })
  })

  test('that add up to 100 % leave nothing behind', () => {
    const config = takeProfit({
      levels: [
        { gainPercent: '10', sellPercent: '33.333333' },
        { gainPercent: '20', sellPercent: '66.666667' },
      ],
      moonbag: { enabled: false },
    })
    const position = aPosition({ amount: '7', bought: '7', decimals: 0 })
    const first = at('1.1', position, config)
    expect(first).toMatchObject({ amount: '2', levels: [0] })
    if (!first) return
    expect(at('1.2', afterwards(position, first), config)).toMatchObject({ amount: '5', levels: [1] })
  })
})

describe('levels that the config has no more', () => {
  test('do not make another one the last, which sells everything', () => {
    const config = takeProfit({
      levels: [
        { gainPercent: '10', sellPercent: '50' },
        { gainPercent: '20', sellPercent: '50' },
      ],
      moonbag: { enabled: false },
    })
    const position = aPosition({ amount: '90', levelsHit: [3, 4] })
    expect(at('1.1', position, config)).toMatchObject({ amount: '50', levels: [0] })
  })
})

describe('the moonbag', () => {
  test('is left from its trigger on', () => {
    const position = aPosition({ amount: '50', levelsHit: [0, 1] })
    expect(at('3.999999', position)).toBeUndefined()
    expect(at('4', position)).toMatchObject({ amount: '25', levels: [2], moonbag: true })
    expect(at('5', aPosition({ amount: '25', levelsHit: [0, 1, 2], moonbag: true }))).toMatchObject({
      amount: '15',
      levels: [3],
      moonbag: true,
    })
  })

  test('is not sold by levels, even after selling by hand', () => {
    expect(at('5', aPosition({ amount: '12', levelsHit: [0, 1, 2], moonbag: true }))).toMatchObject({
      amount: '2',
    })
    expect(at('5', aPosition({ amount: '10', levelsHit: [0, 1, 2], moonbag: true }))).toBeUndefined()
    expect(at('5', aPosition({ amount: '3', levelsHit: [0, 1, 2], moonbag: true }))).toBeUndefined()
  })

  test('is rounded up, and what is sold down', () => {
    expect(at('9', aPosition({ amount: '9', bought: '9', decimals: 0 }))).toMatchObject({ amount: '8' })
    expect(at('9', aPosition({ amount: '5', bought: '9', decimals: 0 }))).toMatchObject({ amount: '4' })
  })

  test('is not closed as stale, and not bought more of', () => {
    const config = onlyRules({
      stale: { enabled: true },
      dca: { template: 'moderate' },
      takeProfit: { enabled: true },
    })
    const hours = OPENED_AT_MS + 86_400_000
    const bag = aPosition({ amount: '10', levelsHit: [0, 1, 2, 3], moonbag: true })
    expect(evaluate(bag, '1.05', hours, config)).toEqual([])
    expect(evaluate(bag, '0.7', hours, config)).toEqual([])
  })
})

describe('dust', () => {
  const half = takeProfit({ levels: [{ gainPercent: '50', sellPercent: '99' }], moonbag: { enabled: false } })

  test('is judged by its worth: a small amount of a dear asset is kept', () => {
    const bitcoin = aPosition({
      amount: '0.05',
      bought: '0.05',
      entryPrice: '97240',
      decimals: 8,
      quoteDecimals: 6,
    })
    // 0.0005 of it is left, which is worth some 70 dollars.
    expect(at('145860', bitcoin, half)).toMatchObject({ amount: '0.0495' })
  })

  test('is judged by its worth: what nobody could sell later is sold now', () => {
    const bonk = aPosition({
      amount: '5',
      bought: '5',
      entryPrice: '0.00001234',
      decimals: 5,
      quoteDecimals: 6,
    })
    expect(at('0.00002', bonk, half)).toMatchObject({ amount: '5' })
  })
})

describe('whatever the levels are', () => {
  const config = fc
    .record({
      gains: fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 6 }),
      shares: fc.array(fc.integer({ min: 1, max: 15_000 }), { minLength: 6, maxLength: 6 }),
      bag: fc.boolean(),
    })
    .map(({ gains, shares, bag }) => {
      const sorted = [...gains].sort((a, b) => a - b)
      return takeProfit({
        levels: sorted.map((gain, index) => ({
          gainPercent: `${gain}`,
          sellPercent: decimal.format({ units: BigInt(shares[index] ?? 1), scale: 3 }),
        })),
        moonbag: { enabled: bag, triggerPercent: `${(sorted[0] ?? 0) + 20}`, retainPercent: '10' },
      })
    })
  const amount = fc.record({
    units: fc.bigInt({ min: 1n, max: 10n ** 24n }),
    decimals: fc.integer({ min: 0, max: 18 }),
  })
  const prices = fc.array(fc.integer({ min: 900, max: 7_000 }), { minLength: 1, maxLength: 20 })

  test('never more is sold than is held, no level twice, and the moonbag stays', () => {
    fc.assert(
      fc.property(config, amount, prices, (rules, { units, decimals }, ticks) => {
        const bought = decimal.format({ units, scale: decimals })
        let position = aPosition({ amount: bought, bought, cost: bought, decimals })
        for (const tick of ticks) {
          const decision = at(decimal.format({ units: BigInt(tick), scale: 3 }), position, rules)
          if (!decision) continue
          const sold = decimal.parse(decision.amount)
          expect(decimal.sign(sold)).toBe(1)
          expect(sold.scale).toBeLessThanOrEqual(decimals)
          expect(position.levelsHit).not.toEqual(expect.arrayContaining([...(decision.levels ?? [])]))
          position = afterwards(position, decision)
          expect(decimal.sign(decimal.parse(position.amount))).toBeGreaterThanOrEqual(0)
          if (position.moonbag) {
            const tenth = decimal.multiply(decimal.parse(bought), decimal.parse('0.1'), decimals, 'down')
            expect(decimal.compare(decimal.parse(position.amount), tenth)).toBeGreaterThanOrEqual(0)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
