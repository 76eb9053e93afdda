import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as decimal from '../../../src/domain/decimal.ts'
import type { TradingConfig } from '../../../src/trading/rules/config.ts'
import { evaluate, stopPrice } from '../../../src/trading/rules/evaluate.ts'
import { observe, prepareRules, watch } from '../../../src/trading/rules/watched.ts'
import { aPosition, onlyRules, OPENED_AT_MS } from './fixture.ts'

const stopLoss = (change: object = {}): TradingConfig => onlyRules({ stopLoss: { enabled: true, ...change } })

const CUSTOM = {
  mode: 'custom',
  custom: [
    { gainPercent: '10', stopPercent: '-5' },
    { gainPercent: '50', stopPercent: '30' },
  ],
}

/** The stop of a position bought at 100 whose price peaked at `peakPrice`. */
const stopOf = (config: TradingConfig, peakPrice: string): string | null =>
  stopPrice(aPosition({ entryPrice: '100', peakPrice }), prepareRules(config))

describe('where the stop stands', () => {
  test.each([
    ['100', '68'],
    ['119.999999', '68'],
    ['120', '110'],
    ['150', '140'],
    ['1000', '990'],
  ])('fixed: with a peak of %s it is at %s', (peak, stop) => {
    expect(stopOf(stopLoss({ mode: 'fixed' }), peak)).toBe(stop)
  })

  test.each([
    ['119', '68'],
    ['120', '110'],
    ['125', '112.5'],
    ['125.01', '115.006'],
    ['150', '130'],
    ['200', '170'],
    ['300', '260'],
    ['500', '440'],
  ])('zones: with a peak of %s it is at %s', (peak, stop) => {
    expect(stopOf(stopLoss({ mode: 'zones' }), peak)).toBe(stop)
  })

  test.each([
    ['119', '68'],
    // A gain of 25 is half of one halving: the kept share is between 50 and 70.
    ['125', '115'],
    ['150', '135'],
    ['200', '180'],
    ['250', '227.5'],
    // Twenty halvings and more: all but nothing of the 40 is left.
    ['1200', '1089.99958'],
    ['100100', '90099.961853'],
  ])('exponential: with a peak of %s it is at %s', (peak, stop) => {
    expect(stopOf(stopLoss({ mode: 'exponential' }), peak)).toBe(stop)
  })

  test.each([
    ['100', '68'],
    ['109.99', '68'],
    ['110', '95'],
    ['149', '95'],
    ['150', '130'],
    ['900', '130'],
  ])('custom: with a peak of %s it is at %s', (peak, stop) => {
    expect(stopOf(stopLoss(CUSTOM), peak)).toBe(stop)
  })

  test('nowhere when there is none', () => {
    expect(stopOf(onlyRules({}), '200')).toBeNull()
  })
})

describe('what it sells', () => {
  test('everything, at the stop and below, and nothing above it', () => {
    const position = aPosition({ amount: '12.500000', entryPrice: '100' })
    const at = (price: string) => evaluate(position, price, OPENED_AT_MS, stopLoss())
    expect(at('68.000000000001')).toEqual([])
    expect(at('68')).toMatchObject([{ kind: 'stop_loss', side: 'sell', amount: '12.5' }])
    expect(at('0.000001')).toMatchObject([{ kind: 'stop_loss', amount: '12.5' }])
  })

  test('says what it compared', () => {
    const [decision] = evaluate(aPosition({ entryPrice: '100' }), '60.5', OPENED_AT_MS, stopLoss())
    expect(decision?.why).toBe('price 60.5 is not above the stop 68, entry 100')
  })

  test('one percent below the first price of a recorded market', () => {
    const config = stopLoss({ initialPercent: '-1' })
    const position = aPosition({ entryPrice: '0.00141342', decimals: 8, quoteDecimals: 18 })
    expect(stopPrice(position, prepareRules(config))).toBe('0.0013992858')
    expect(evaluate(position, '0.00139929', OPENED_AT_MS, config)).toEqual([])
    expect(evaluate(position, '0.00139928', OPENED_AT_MS, config)).toHaveLength(1)
  })

  test('a price in micro units trails like any other', () => {
    const config = stopLoss({ mode: 'fixed' })
    for (const zeros of ['0', '000000', '000000000000000', '00000000000000000000']) {
      const price = (digits: string): string => `0.${zeros}${digits}`
      const position = aPosition({ entryPrice: price('1000'), peakPrice: price('1500') })
      expect(stopPrice(position, prepareRules(config))).toBe(price('14'))
      expect(evaluate(position, price('1401'), OPENED_AT_MS, config)).toEqual([])
      expect(evaluate(position, price('1400'), OPENED_AT_MS, config)).toHaveLength(1)
    }
  })

  test('a new peak counts in the tick that makes it, and does not sell by itself', () => {
    const config = stopLoss({ mode: 'fixed' })
    const rules = prepareRules(config)
    const before = watch(aPosition({ entryPrice: '100' }), rules)
    const after = observe(before, decimal.parse('130'))
    expect(decimal.format(before.stop ?? decimal.ZERO)).toBe('68')
    expect(decimal.format(after.stop ?? decimal.ZERO)).toBe('120')
    expect(evaluate(aPosition({ entryPrice: '100' }), '130', OPENED_AT_MS, config)).toEqual([])
  })

  test('a peak from before a purchase would sell at once; peaks that start with it do not', () => {
    const config = stopLoss({ mode: 'fixed' })
    const averaged = aPosition({ entryPrice: '90.3', peakPrice: '80', lowPrice: '80' })
    expect(evaluate(averaged, '80', OPENED_AT_MS, config)).toEqual([])
    expect(evaluate({ ...averaged, peakPrice: '119' }, '80', OPENED_AT_MS, config)).toHaveLength(1)
  })
})

describe('whatever the config and the prices are', () => {
  const percent = (min: number, max: number): fc.Arbitrary<string> =>
    fc
      .integer({ min: min * 1_000, max: max * 1_000 })
      .map((units) => decimal.format({ units: BigInt(units), scale: 3 }))
  const ascending = (percents: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string[]> =>
    fc
      .uniqueArray(percents, { minLength: 1, maxLength })
      .map((values) => [...values].sort((a, b) => Number(a) - Number(b)))

  const fixed = fc
    .record({ trailFromPercent: percent(11, 60), distancePercent: percent(1, 40) })
    .map(({ trailFromPercent, distancePercent }) => ({
      mode: 'fixed',
      trailFromPercent,
      fixed: { distancePercent },
    }))
  const exponential = fc
    .tuple(ascending(percent(0, 99), 2), percent(1, 300), percent(1, 40))
    .map(([keeps, halvingPercent, trailFromPercent]) => ({
      mode: 'exponential',
      trailFromPercent,
      exponential: { keepFromPercent: keeps[0], keepToPercent: keeps.at(-1), halvingPercent },
    }))
  const zones = fc
    .tuple(ascending(percent(1, 400), 5), ascending(percent(0, 99), 6))
    .map(([ends, keeps]) => ({
      mode: 'zones',
      zones: keeps.map((keepPercent, index) => ({
        upToPercent: index === keeps.length - 1 ? null : (ends[index] ?? `${1_000 + index}`),
        keepPercent,
      })),
    }))
  const custom = fc
    .tuple(ascending(percent(21, 300), 6), ascending(percent(-30, 20), 6))
    .map(([gains, stops]) => ({
      mode: 'custom',
      custom: gains.slice(0, stops.length).map((gainPercent, index) => ({
        gainPercent,
        stopPercent: stops[index],
      })),
    }))
  const config = fc.oneof(fixed, exponential, zones, custom).map(stopLoss)

  /** Prices around one unit, at any order of magnitude, with steps of up to a third. */
  const market = fc.record({
    scale: fc.integer({ min: 0, max: 24 }),
    steps: fc.array(fc.integer({ min: -300, max: 500 }), { minLength: 1, maxLength: 60 }),
  })
  const pricesOf = ({ scale, steps }: { scale: number; steps: number[] }): decimal.Decimal[] => {
    let units = 1_000_000n
    return steps.map((step) => {
      units = (units * BigInt(1_000 + step)) / 1_000n + 1n
      return { units, scale }
    })
  }

  test('the stop never loosens and never reaches the peak', () => {
    fc.assert(
      fc.property(config, market, (rules, { scale, steps }) => {
        const entryPrice = decimal.format({ units: 1_000_000n, scale })
        let watched = watch(aPosition({ entryPrice }), prepareRules(rules))
        for (const price of pricesOf({ scale, steps })) {
          const before = watched.stop
          watched = observe(watched, price)
          if (!before || !watched.stop) throw new Error('there is a stop')
          expect(decimal.compare(watched.stop, before)).toBeGreaterThanOrEqual(0)
          expect(decimal.compare(watched.stop, watched.peak)).toBe(-1)
        }
      }),
      { numRuns: 400 },
    )
  })

  test('the stop is the same for whoever reads the stored peak as for whoever saw every price', () => {
    fc.assert(
      fc.property(config, market, (rules, { scale, steps }) => {
        const position = aPosition({ entryPrice: decimal.format({ units: 1_000_000n, scale }) })
        let watched = watch(position, prepareRules(rules))
        for (const price of pricesOf({ scale, steps })) watched = observe(watched, price)
        const read = { ...position, peakPrice: decimal.format(watched.peak) }
        expect(stopPrice(read, prepareRules(rules))).toBe(decimal.format(watched.stop ?? decimal.ZERO))
      }),
    )
  })
})
