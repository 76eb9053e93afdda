import { describe, expect, test } from 'vitest'
import { TradingConfig } from '../../../src/trading/rules/config.ts'
import { whySkipped } from '../../../src/trading/rules/signal-filter.ts'

const signals = (change: object = {}): TradingConfig['signals'] =>
  TradingConfig.parse({ signals: change }).signals
const MINT = 'DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263'
const signal = { chain: 'solana', asset: MINT, type: 'buy', strength: 3 }

describe('a signal', () => {
  test('is followed unless something speaks against it', () => {
    expect(whySkipped(signal, signals())).toBeNull()
    expect(whySkipped(signal, signals({ minScore: 3, allowedTypes: ['buy'] }))).toBeNull()
  })

  test('too weak is skipped', () => {
    expect(whySkipped(signal, signals({ minScore: 4 }))).toBe('strength 3 is below 4')
  })

  test('of another type is skipped', () => {
    expect(whySkipped({ ...signal, type: 'sell' }, signals({ allowedTypes: ['buy'] }))).toBe(
      'type sell is not allowed',
    )
  })

  test('for a listed asset is skipped or followed', () => {
    const listed = [{ chain: 'solana', asset: MINT }]
    expect(whySkipped(signal, signals({ blacklist: listed }))).toBe('the asset is on the blacklist')
    expect(whySkipped(signal, signals({ whitelist: listed }))).toBeNull()
    const other = { ...signal, asset: 'So11111111111111111111111111111111111111112' }
    expect(whySkipped(other, signals({ whitelist: listed }))).toBe('the asset is not on the whitelist')
    expect(whySkipped(other, signals({ blacklist: listed }))).toBeNull()
  })

  test('for a mint that differs from a listed one in case alone is for another asset', () => {
    const config = signals({ blacklist: [{ chain: 'solana', asset: MINT }] })
    expect(whySkipped({ ...signal, asset: MINT.replace('Dez', 'dez') }, config)).toBeNull()
  })

  test('for the same address on another chain is for another asset', () => {
    const asset = '0x760afe86e5de5fa0ee542fc7b7b713e1c5425701'
    const config = signals({ blacklist: [{ chain: 'monad', asset }] })
    expect(whySkipped({ ...signal, chain: 'monad', asset }, config)).not.toBeNull()
    expect(whySkipped({ ...signal, chain: 'binance', asset }, config)).toBeNull()
  })

  test.each([
    [{ min: 10, max: 20 }, 9, 'holders 9 is below 10'],
    [{ min: 10, max: 20 }, 21, 'holders 21 is above 20'],
    [{ min: 10, max: 20 }, 10, null],
    [{ min: 10, max: 20 }, 20, null],
    [{ min: 0 }, 0, null],
    [{ max: 20 }, null, 'holders is not known'],
    [{}, null, null],
  ])('with bounds of %j and %s holders: %s', (holders, known, reason) => {
    expect(whySkipped({ ...signal, holders: known }, signals({ holders }))).toBe(reason)
  })
})
