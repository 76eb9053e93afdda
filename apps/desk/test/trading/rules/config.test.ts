import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dcaLevels, TradingConfig } from '../../../src/trading/rules/config.ts'
import { contradictions } from '../../../src/trading/rules/contradictions.ts'
import { limitsOf } from '../../../src/trading/rules/purchase-limits.ts'

const refusedAt = (config: unknown): string[] => {
  const parsed = TradingConfig.safeParse(config)
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'))
}

describe('a config', () => {
  test('is complete from nothing, and contradicts itself nowhere', () => {
    const config = TradingConfig.parse({})
    expect(contradictions(config)).toEqual([])
    expect(config.stopLoss).toMatchObject({ enabled: true, mode: 'fixed', initialPercent: '-32' })
    expect(config.stopLoss.zones.map(({ keepPercent }) => keepPercent)).toEqual([
      '50',
      '60',
      '70',
      '80',
      '85',
    ])
    expect(config.takeProfit.levels).toEqual([
      { gainPercent: '50', sellPercent: '25' },
      { gainPercent: '150', sellPercent: '25' },
      { gainPercent: '300', sellPercent: '25' },
      { gainPercent: '400', sellPercent: '15' },
    ])
    expect(config.takeProfit.moonbag).toEqual({ enabled: true, triggerPercent: '300', retainPercent: '10' })
    expect(config.stale).toMatchObject({ afterMinutes: 60, minGainPercent: '1', maxGainPercent: '10' })
    expect(config.dca).toMatchObject({ template: 'off', cooldownSeconds: 30 })
    expect(config.purchase).toMatchObject({ maxOpenPositions: 25, maxPriceImpactPercent: '5' })
    expect(config.purchase.limits.SOL).toMatchObject({ minimumBalance: '0.5', maxPurchase: '2' })
  })

  test('is read again as it was written', () => {
    const config = TradingConfig.parse({})
    expect(TradingConfig.parse(JSON.parse(JSON.stringify(config)))).toEqual(config)
  })

  test('keeps what one change does not name', () => {
    const config = TradingConfig.parse({ stopLoss: { mode: 'zones' }, purchase: { maxSlippageBps: 100 } })
    expect(config.stopLoss.initialPercent).toBe('-32')
    expect(config.purchase.limits.USDC).toBeDefined()
  })

  test('has a JSON schema, in and out', () => {
    expect(z.toJSONSchema(TradingConfig, { io: 'input' })).toHaveProperty('properties.stopLoss')
    expect(z.toJSONSchema(TradingConfig, { io: 'output' })).toHaveProperty('properties.stopLoss')
  })

  test.each([
    [{ stoploss: {} }, ''],
    [{ stopLoss: { trailing: true } }, 'stopLoss'],
    [{ stopLoss: { initialPercent: -32 } }, 'stopLoss.initialPercent'],
    [{ stopLoss: { initialPercent: '-32%' } }, 'stopLoss.initialPercent'],
    [{ stopLoss: { initialPercent: '1e3' } }, 'stopLoss.initialPercent'],
    [{ stopLoss: { initialPercent: '-0.1234567' } }, 'stopLoss.initialPercent'],
    [{ stopLoss: { mode: 'trailing' } }, 'stopLoss.mode'],
    [{ stopLoss: { zones: [] } }, 'stopLoss.zones'],
    [{ purchase: { maxOpenPositions: 26 } }, 'purchase.maxOpenPositions'],
    [{ purchase: { maxSlippageBps: 0 } }, 'purchase.maxSlippageBps'],
    [{ purchase: { limits: { USDC: { maxPurchase: '5' } } } }, 'purchase.limits.USDC.minimumBalance'],
    [{ purchase: { limits: { __proto__x: {} } } }, 'purchase.limits.__proto__x.minimumBalance'],
    [{ signals: { minScore: 6 } }, 'signals.minScore'],
    [{ signals: { allowedTypes: ['short'] } }, 'signals.allowedTypes.0'],
    [{ signals: { blacklist: [{ chain: 'monad', asset: '0x1' }] } }, 'signals.blacklist.0.asset'],
    [{ dca: { cooldownSeconds: -1 } }, 'dca.cooldownSeconds'],
    [{ stale: { afterMinutes: 0.5 } }, 'stale.afterMinutes'],
  ])('%j is refused at %s', (config, field) => {
    expect(refusedAt(config)).toContain(field)
  })

  test('currencies are written in capital letters', () => {
    const { USDC } = TradingConfig.parse({}).purchase.limits
    expect(refusedAt({ purchase: { limits: { usdc: USDC } } })).toEqual(['purchase.limits'])
    expect(refusedAt({ purchase: { limits: { DAI: USDC } } })).toEqual([])
  })

  test('a currency without limits has none, whatever objects inherit', () => {
    const { limits } = TradingConfig.parse({}).purchase
    expect(limitsOf(limits, 'USDC')).toBe(limits.USDC)
    expect(limitsOf(limits, 'BRL')).toBeUndefined()
    expect(limitsOf(limits, 'constructor')).toBeUndefined()
  })

  test('addresses of lists are normalised by their chain: Solana keeps its case', () => {
    const mint = 'DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263'
    const { blacklist } = TradingConfig.parse({
      signals: {
        blacklist: [
          { chain: 'monad', asset: '0x760AFE86E5DE5FA0EE542FC7B7B713E1C5425701' },
          { chain: 'solana', asset: mint },
        ],
      },
    }).signals
    expect(blacklist.map(({ asset }) => asset)).toEqual(['0x760afe86e5de5fa0ee542fc7b7b713e1c5425701', mint])
  })

  test('templates of DCA stand for levels', () => {
    const levels = (dca: object): unknown => dcaLevels(TradingConfig.parse({ dca }).dca)
    const fifth = { dropPercent: '-20', buyPercent: '75' }
    const tenth = { dropPercent: '-10', buyPercent: '100' }
    expect(levels({})).toEqual([])
    expect(levels({ template: 'conservative' })).toEqual([{ dropPercent: '-20', buyPercent: '100' }])
    expect(levels({ template: 'moderate' })).toEqual([fifth, fifth])
    expect(levels({ template: 'aggressive' })).toEqual([tenth, tenth, tenth])
    const own = [{ dropPercent: '-5', buyPercent: '10' }]
    expect(levels({ template: 'custom', levels: own })).toEqual(own)
    expect(levels({ template: 'off', levels: own })).toEqual([])
  })
})
