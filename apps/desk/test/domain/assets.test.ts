import { expect, test } from 'vitest'

import { DEMO_ASSETS } from '../../src/domain/assets.ts'
import { normaliseAddress } from '../../src/domain/chains.ts'
import * as decimal from '../../src/domain/decimal.ts'

test('24 assets on two chains, each with an address and a symbol of its own', () => {
  expect(DEMO_ASSETS).toHaveLength(24)
  expect(new Set(DEMO_ASSETS.map(({ chain }) => chain))).toEqual(new Set(['solana', 'monad']))
  expect(new Set(DEMO_ASSETS.map(({ asset }) => asset)).size).toBe(24)
  expect(new Set(DEMO_ASSETS.map(({ symbol }) => symbol.toUpperCase())).size).toBe(24)
})

test.each(DEMO_ASSETS)('$symbol: its address is in normal form, its numbers make sense', (asset) => {
  expect(normaliseAddress(asset.chain, asset.asset)).toBe(asset.asset)
  const price = decimal.parse(asset.startPrice)
  expect(decimal.sign(price)).toBe(1)
  expect(asset.priceDecimals).toBe(price.scale)
  // A move of 0.1 % is at least a tick: coarser prices would stand still.
  expect(price.units).toBeGreaterThan(1_000n)
  expect(asset.correlation).toBeGreaterThanOrEqual(0)
  expect(asset.correlation).toBeLessThan(1)
  expect(asset.volatility).toBeGreaterThan(0)
})

test('one asset at least has a price far below one cent', () => {
  expect(DEMO_ASSETS.some(({ startPrice }) => startPrice.startsWith('0.0000'))).toBe(true)
})
