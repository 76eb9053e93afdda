import { expect, test } from 'vitest'

import { DEMO_ASSETS, type SimulatedAsset } from '../../../src/domain/assets.ts'
import { inventor } from '../../../src/market/simulator/invent.ts'
import { seededRandom } from '../../../src/market/simulator/seeded-random.ts'

function demo(symbol: string): SimulatedAsset {
  const asset = DEMO_ASSETS.find((candidate) => candidate.symbol === symbol)
  if (!asset) throw new Error(`no demo asset ${symbol}`)
  return asset
}

test('a price is the nearest multiple of the tick size, written exactly', () => {
  expect(inventor(demo('BONK')).price(0.00001234567)).toBe('0.0000123457')
  expect(inventor(demo('SOL')).price(148.1)).toBe('148.1')
  expect(inventor(demo('WBTC')).price(97_240.004_9)).toBe('97240')
})

test('a price below half a tick is one tick, never zero', () => {
  expect(inventor(demo('BONK')).price(1e-15)).toBe('0.0000000001')
})

test('cheap assets trade in whole units, dear ones in fractions', () => {
  const random = seededRandom('amounts')
  expect(inventor(demo('BONK')).quantity(0.0000123, random)).toMatch(/^\d{6,}$/)
  expect(inventor(demo('WBTC')).quantity(97_240, random)).toMatch(/^0\.\d{3,7}$/)
})

test('the turnover of many trades is about their number times one', () => {
  const { quantity, turnover } = inventor(demo('SOL'))
  const random = seededRandom('turnover')
  const trades = 20_000
  let sum = 0
  for (let count = 0; count < trades; count++) sum += Number(quantity(148, random))
  const ratio = Number(turnover(148, trades, random)) / sum
  expect(ratio).toBeGreaterThan(0.45)
  expect(ratio).toBeLessThan(1.6)
})
