import { describe, expect, test } from 'vitest'
import { TradingConfig } from '../../../src/trading/rules/config.ts'
import { contradictions } from '../../../src/trading/rules/contradictions.ts'

const fieldsOf = (config: object): string[] =>
  contradictions(TradingConfig.parse(config)).map(({ field }) => field)

const level = (gainPercent: string, sellPercent: string): object => ({ gainPercent, sellPercent })
const zone = (upToPercent: string | null, keepPercent: string): object => ({ upToPercent, keepPercent })
const stop = (gainPercent: string, stopPercent: string): object => ({ gainPercent, stopPercent })
const usdc = (change: object): object => {
  const { USDC } = TradingConfig.parse({}).purchase.limits
  return { purchase: { limits: { USDC: { ...USDC, ...change } } } }
}
const SOME_ASSET = [{ chain: 'binance', asset: 'XRPETH' }]

describe('contradictions name their field', () => {
  test.each<[string, object, string]>([
    ['no share of impact', { purchase: { maxPriceImpactPercent: '0' } }, 'purchase.maxPriceImpactPercent'],
    ['all of the price', { purchase: { maxPriceImpactPercent: '100' } }, 'purchase.maxPriceImpactPercent'],
    ['a largest purchase of nothing', usdc({ maxPurchase: '0' }), 'purchase.limits.USDC.maxPurchase'],
    ['min above max purchase', usdc({ minPurchase: '999' }), 'purchase.limits.USDC.minPurchase'],
    [
      'tiers that do not ascend',
      usdc({
        sizes: [
          { fromBalance: '10', least: '2', most: '2' },
          { fromBalance: '10', least: '2', most: '3' },
        ],
      }),
      'purchase.limits.USDC.sizes[1].fromBalance',
    ],
    [
      'least above most',
      usdc({ sizes: [{ fromBalance: '10', least: '9', most: '8' }] }),
      'purchase.limits.USDC.sizes[0].least',
    ],
    [
      'a size above the largest purchase',
      usdc({ sizes: [{ fromBalance: '10', least: '9', most: '301' }] }),
      'purchase.limits.USDC.sizes[0].most',
    ],
    [
      'a size below the smallest purchase',
      usdc({ sizes: [{ fromBalance: '10', least: '1', most: '2' }] }),
      'purchase.limits.USDC.sizes[0].least',
    ],
    [
      'a blacklist beside a whitelist',
      { signals: { whitelist: SOME_ASSET, blacklist: SOME_ASSET } },
      'signals.blacklist',
    ],
    ['min above max', { signals: { holders: { min: 10, max: 9 } } }, 'signals.holders.min'],
    ['a stop loss of nothing', { stopLoss: { initialPercent: '0' } }, 'stopLoss.initialPercent'],
    ['a stop loss above the entry', { stopLoss: { initialPercent: '5' } }, 'stopLoss.initialPercent'],
    ['a stop loss of everything', { stopLoss: { initialPercent: '-100' } }, 'stopLoss.initialPercent'],
    ['trailing from nothing', { stopLoss: { trailFromPercent: '0' } }, 'stopLoss.trailFromPercent'],
    [
      'a distance of nothing',
      { stopLoss: { fixed: { distancePercent: '0' } } },
      'stopLoss.fixed.distancePercent',
    ],
    [
      'a distance that would loosen the stop',
      { stopLoss: { fixed: { distancePercent: '53' } } },
      'stopLoss.fixed.distancePercent',
    ],
    [
      'keeping more than all',
      { stopLoss: { exponential: { keepToPercent: '101' } } },
      'stopLoss.exponential.keepToPercent',
    ],
    [
      'keeping less and less',
      { stopLoss: { exponential: { keepFromPercent: '95' } } },
      'stopLoss.exponential.keepFromPercent',
    ],
    [
      'halving by nothing',
      { stopLoss: { exponential: { halvingPercent: '0' } } },
      'stopLoss.exponential.halvingPercent',
    ],
    ['a zone that keeps all', { stopLoss: { zones: [zone(null, '100')] } }, 'stopLoss.zones[0].keepPercent'],
    [
      'zones that do not ascend',
      { stopLoss: { zones: [zone('50', '10'), zone('50', '20'), zone(null, '30')] } },
      'stopLoss.zones[1].upToPercent',
    ],
    [
      'zones that loosen',
      { stopLoss: { zones: [zone('50', '60'), zone(null, '50')] } },
      'stopLoss.zones[1].keepPercent',
    ],
    ['zones that end', { stopLoss: { zones: [zone('50', '60')] } }, 'stopLoss.zones[0].upToPercent'],
    [
      'a last zone in the middle',
      { stopLoss: { zones: [zone(null, '60'), zone(null, '70')] } },
      'stopLoss.zones[0].upToPercent',
    ],
    ['custom without levels', { stopLoss: { mode: 'custom' } }, 'stopLoss.custom'],
    [
      'custom levels that do not ascend',
      { stopLoss: { custom: [stop('20', '5'), stop('10', '6')] } },
      'stopLoss.custom[1].gainPercent',
    ],
    [
      'custom stops that loosen',
      { stopLoss: { custom: [stop('20', '5'), stop('30', '4')] } },
      'stopLoss.custom[1].stopPercent',
    ],
    [
      'a first custom stop that loosens',
      { stopLoss: { custom: [stop('20', '-33')] } },
      'stopLoss.custom[0].stopPercent',
    ],
    [
      'a custom stop at its gain',
      { stopLoss: { custom: [stop('20', '20')] } },
      'stopLoss.custom[0].stopPercent',
    ],
    ['profit without levels', { takeProfit: { levels: [] } }, 'takeProfit.levels'],
    [
      'a level below the entry',
      { takeProfit: { levels: [level('-5', '25')] } },
      'takeProfit.levels[0].gainPercent',
    ],
    [
      'levels that do not ascend',
      { takeProfit: { levels: [level('50', '25'), level('50', '25')] } },
      'takeProfit.levels[1].gainPercent',
    ],
    [
      'a level that sells nothing',
      { takeProfit: { levels: [level('50', '0')] } },
      'takeProfit.levels[0].sellPercent',
    ],
    [
      'shares above 100 %',
      { takeProfit: { levels: [level('50', '60'), level('90', '41')], moonbag: { enabled: false } } },
      'takeProfit.levels',
    ],
    [
      'shares above 100 % with the moonbag',
      { takeProfit: { levels: [level('50', '60'), level('90', '31')] } },
      'takeProfit.levels',
    ],
    [
      'a moonbag below the first level',
      { takeProfit: { moonbag: { triggerPercent: '49' } } },
      'takeProfit.moonbag.triggerPercent',
    ],
    [
      'a moonbag of nothing',
      { takeProfit: { moonbag: { retainPercent: '0' } } },
      'takeProfit.moonbag.retainPercent',
    ],
    ['a stale window that is empty', { stale: { minGainPercent: '11' } }, 'stale.minGainPercent'],
    ['custom DCA without levels', { dca: { template: 'custom' } }, 'dca.levels'],
    [
      'DCA that buys a rising price',
      { dca: { template: 'custom', levels: [{ dropPercent: '5', buyPercent: '50' }] } },
      'dca.levels[0].dropPercent',
    ],
    [
      'DCA that buys nothing',
      { dca: { template: 'custom', levels: [{ dropPercent: '-5', buyPercent: '0' }] } },
      'dca.levels[0].buyPercent',
    ],
    [
      'DCA below the stop, which never buys',
      { dca: { template: 'custom', levels: [{ dropPercent: '-32', buyPercent: '50' }] } },
      'dca.levels[0].dropPercent',
    ],
    [
      'a DCA template below the stop',
      { stopLoss: { initialPercent: '-15' }, dca: { template: 'conservative' } },
      'dca.template',
    ],
  ])('%s', (_, config, field) => {
    const fields = fieldsOf(config)
    expect(fields).toContain(field)
    // Nothing else is found fault with; one mistake may be seen from several fields of its part.
    const parts = fields.map((found) => found.split(/[.[]/, 1)[0])
    expect(new Set(parts).size).toBe(1)
  })

  test('all of them at once', () => {
    expect(
      fieldsOf({
        stopLoss: { initialPercent: '5' },
        takeProfit: { levels: [level('50', '101')] },
        stale: { minGainPercent: '20' },
      }),
    ).toEqual(
      expect.arrayContaining(['stopLoss.initialPercent', 'takeProfit.levels', 'stale.minGainPercent']),
    )
  })

  test('DCA below a stop that is off does buy', () => {
    expect(
      fieldsOf({ stopLoss: { enabled: false, initialPercent: '-15' }, dca: { template: 'moderate' } }),
    ).toEqual([])
  })

  test('shares of exactly 100 % are all there is, and no more', () => {
    expect(fieldsOf({ takeProfit: { levels: [level('50', '90')] } })).toEqual([])
    expect(fieldsOf({ takeProfit: { levels: [level('50', '90.000001')] } })).toEqual(['takeProfit.levels'])
  })
})
