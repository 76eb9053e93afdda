import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as decimal from '../../../src/domain/decimal.ts'
import { TradingConfig } from '../../../src/trading/rules/config.ts'
import { decide, evaluate } from '../../../src/trading/rules/evaluate.ts'
import { observe, peaksOf, prepareRules, watch } from '../../../src/trading/rules/watched.ts'
import { aPosition, onlyRules, OPENED_AT_MS } from './fixture.ts'

const DEFAULTS = TradingConfig.parse({})
const LATER_MS = OPENED_AT_MS + 86_400_000

describe('a tick', () => {
  test.each(['0', '-1', '0.000'])('of the price %s is a gap in the feed, and sells nothing', (price) => {
    expect(evaluate(aPosition(), price, LATER_MS, DEFAULTS)).toEqual([])
    const watched = watch(aPosition(), prepareRules(DEFAULTS))
    expect(observe(watched, decimal.parse(price))).toBe(watched)
  })

  test('sells nothing of nothing', () => {
    expect(evaluate(aPosition({ amount: '0' }), '0.1', LATER_MS, DEFAULTS)).toEqual([])
  })

  test('that is no decimal is an error, not a decision', () => {
    expect(() => evaluate(aPosition(), '1e-7', LATER_MS, DEFAULTS)).toThrow(/^price: /)
    expect(() => evaluate(aPosition({ entryPrice: 'NaN' }), '1', LATER_MS, DEFAULTS)).toThrow(/^entryPrice: /)
  })

  test('gives one decision: the stop before the profit, the profit before closing', () => {
    const all = onlyRules({
      stopLoss: { enabled: true, mode: 'fixed', trailFromPercent: '4', fixed: { distancePercent: '1' } },
      takeProfit: { enabled: true, levels: [{ gainPercent: '5', sellPercent: '25' }] },
      stale: { enabled: true },
    })
    const peaked = aPosition({ peakPrice: '1.08' })
    expect(evaluate(peaked, '1.06', LATER_MS, all)).toMatchObject([{ kind: 'stop_loss', amount: '100' }])
    expect(evaluate(peaked, '1.075', LATER_MS, all)).toMatchObject([{ kind: 'take_profit', amount: '25' }])
    const taken = { ...peaked, amount: '75', levelsHit: [0] }
    expect(evaluate(taken, '1.075', LATER_MS, all)).toMatchObject([{ kind: 'stale', amount: '75' }])
  })

  test('far from all levels decides nothing', () => {
    expect(evaluate(aPosition(), '0.9', LATER_MS, DEFAULTS)).toEqual([])
    expect(evaluate(aPosition(), '1.3', LATER_MS, DEFAULTS)).toEqual([])
  })

  test('that moves no peak costs no new object', () => {
    const watched = watch(aPosition({ peakPrice: '1.5', lowPrice: '0.5' }), prepareRules(DEFAULTS))
    expect(observe(watched, decimal.parse('1.5'))).toBe(watched)
    expect(observe(watched, decimal.parse('0.5'))).toBe(watched)
    expect(peaksOf(observe(watched, decimal.parse('1.6')))).toEqual({ peakPrice: '1.6', lowPrice: '0.5' })
    expect(peaksOf(observe(watched, decimal.parse('0.4')))).toEqual({ peakPrice: '1.5', lowPrice: '0.4' })
  })

  test('leaves what it was given as it was', () => {
    const position = Object.freeze(aPosition({ levelsHit: Object.freeze([0]) }))
    expect(() => evaluate(position, '9', LATER_MS, Object.freeze(DEFAULTS))).not.toThrow()
  })
})

describe('whatever the market does', () => {
  const prices = fc.array(
    fc.integer({ min: 1, max: 8_000 }).map((units) => decimal.format({ units: BigInt(units), scale: 3 })),
    { minLength: 1, maxLength: 40 },
  )
  const config = fc
    .record({
      mode: fc.constantFrom('fixed', 'exponential', 'zones'),
      template: fc.constantFrom('off', 'conservative', 'moderate', 'aggressive'),
    })
    .map(({ mode, template }) => TradingConfig.parse({ stopLoss: { mode }, dca: { template } }))

  /** The same ticks through prepared positions and through texts, which are read anew each time. */
  test('decisions are the same each time, prepared or not', () => {
    fc.assert(
      fc.property(prices, config, fc.integer({ min: 0, max: 200_000 }), (ticks, rules, stepMs) => {
        let watched = watch(aPosition(), prepareRules(rules))
        let position = aPosition()
        for (const [index, price] of ticks.entries()) {
          const nowMs = OPENED_AT_MS + index * stepMs
          const at = decimal.parse(price)
          watched = observe(watched, at)
          const decided = decide(watched, at, nowMs)
          expect(evaluate(position, price, nowMs, rules)).toEqual(decided)
          expect(decide(watched, at, nowMs)).toEqual(decided)
          position = { ...position, ...peaksOf(watched) }
        }
      }),
    )
  })

  test('a sale is of no more than is held, and a purchase of something', () => {
    fc.assert(
      fc.property(prices, config, fc.bigInt({ min: 1n, max: 10n ** 12n }), (ticks, rules, units) => {
        const amount = decimal.format({ units, scale: 6 })
        const position = aPosition({ amount })
        for (const price of ticks) {
          for (const decision of evaluate(position, price, LATER_MS, rules)) {
            const traded = decimal.parse(decision.amount)
            expect(decimal.sign(traded)).toBe(1)
            if (decision.side === 'sell') {
              expect(decimal.compare(traded, decimal.parse(amount))).toBeLessThanOrEqual(0)
            }
          }
        }
      }),
    )
  })
})
