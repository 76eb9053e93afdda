import { describe, expect, test } from 'vitest'
import type { TradingConfig } from '../../../src/trading/rules/config.ts'
import type { Decision } from '../../../src/trading/rules/decision.ts'
import { evaluate } from '../../../src/trading/rules/evaluate.ts'
import type { PositionState } from '../../../src/trading/rules/held.ts'
import { aPosition, onlyRules, OPENED_AT_MS } from './fixture.ts'

const dca = (template: string, change: object = {}): TradingConfig =>
  onlyRules({ dca: { template, ...change } })
const at = (
  price: string,
  position: PositionState,
  config: TradingConfig,
  nowMs = OPENED_AT_MS,
): Decision | undefined => evaluate(position, price, nowMs, config)[0]

describe('buying a falling price', () => {
  test('happens at the drop from the average entry, for a share of the first purchase', () => {
    expect(at('0.800001', aPosition(), dca('moderate'))).toBeUndefined()
    expect(at('0.8', aPosition(), dca('moderate'))).toEqual({
      kind: 'dca',
      side: 'buy',
      amount: '75',
      why: 'price 0.8 fell to -20 % of the entry 1',
    })
  })

  test('is of the first purchase, not of what was spent since: it does not double', () => {
    const config = dca('aggressive')
    const bought = (dcaCount: number, cost: string): PositionState => aPosition({ dcaCount, cost })
    expect(at('0.9', bought(0, '100'), config)?.amount).toBe('100')
    expect(at('0.9', bought(1, '200'), config)?.amount).toBe('100')
    expect(at('0.9', bought(2, '300'), config)?.amount).toBe('100')
    expect(at('0.9', bought(3, '400'), config)).toBeUndefined()
  })

  test('is half as much after half was sold', () => {
    expect(at('0.8', aPosition({ amount: '50', cost: '50' }), dca('conservative'))?.amount).toBe('50')
  })

  test('waits for its cooldown', () => {
    const config = dca('moderate')
    const position = aPosition({ dcaCount: 1, cost: '175', lastDcaAtMs: OPENED_AT_MS })
    expect(at('0.8', position, config, OPENED_AT_MS + 29_999)).toBeUndefined()
    expect(at('0.8', position, config, OPENED_AT_MS + 30_000)?.amount).toBe('75')
  })

  test('rounds down to what the quote can be divided into, and buys nothing of nothing', () => {
    const third = dca('custom', { levels: [{ dropPercent: '-10', buyPercent: '33.333' }] })
    expect(at('0.9', aPosition({ cost: '0.00001' }), third)?.amount).toBe('0.000003')
    expect(at('0.9', aPosition({ cost: '0.000001' }), third)).toBeUndefined()
    expect(at('0.9', aPosition({ cost: '0' }), third)).toBeUndefined()
  })

  test('does not happen where the stop loss sells', () => {
    const both = onlyRules({ stopLoss: { enabled: true }, dca: { template: 'moderate' } })
    expect(at('0.75', aPosition(), both)?.kind).toBe('dca')
    expect(at('0.6', aPosition(), both)?.kind).toBe('stop_loss')
  })

  test('is off unless asked for', () => {
    expect(at('0.1', aPosition(), onlyRules({}))).toBeUndefined()
  })
})
