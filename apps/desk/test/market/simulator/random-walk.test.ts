import { expect, test } from 'vitest'

import { DEMO_ASSETS } from '../../../src/domain/assets.ts'
import { randomWalks } from '../../../src/market/simulator/random-walk.ts'

const MINUTE_MS = 60_000
const YEAR_MINUTES = 365 * 24 * 60

/** Logarithmic returns per minute of all demo assets. */
function returns(seed: string, minutes: number): number[][] {
  const walks = randomWalks(DEMO_ASSETS, seed)
  const last = walks.map((walk) => walk.priceAt(0))
  const found = walks.map((): number[] => [])
  for (let minute = 1; minute <= minutes; minute++) {
    for (const [index, walk] of walks.entries()) {
      const price = walk.priceAt(minute * MINUTE_MS)
      found[index]?.push(Math.log(price / (last[index] ?? price)))
      last[index] = price
    }
  }
  return found
}

const indexOf = (symbol: string): number => DEMO_ASSETS.findIndex((asset) => asset.symbol === symbol)
const variance = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value ** 2, 0) / values.length

function correlation(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0) / a.length
  return product / Math.sqrt(variance(a) * variance(b))
}

test('assets of a chain move together, assets of different chains do not', () => {
  const found = returns('correlation', 20_000)
  const of = (symbol: string): number[] => found[indexOf(symbol)] ?? []
  expect(correlation(of('SOL'), of('mSOL'))).toBeGreaterThan(0.7)
  expect(correlation(of('SOL'), of('BONK'))).toBeGreaterThan(0.4)
  expect(Math.abs(correlation(of('SOL'), of('MON')))).toBeLessThan(0.05)
})

test('returns are as wide as the volatility says, and some are jumps', () => {
  const minutes = 20_000
  const found = returns('width', minutes)
  for (const [index, { volatility }] of DEMO_ASSETS.entries()) {
    const own = found[index] ?? []
    const typical = volatility / Math.sqrt(YEAR_MINUTES)
    const sizes = own.map(Math.abs).sort((a, b) => a - b)
    // The median of |x| of a normal distribution is 0.6745 deviations; jumps do not move it.
    expect((sizes[minutes / 2] ?? 0) / typical).toBeGreaterThan(0.63)
    expect((sizes[minutes / 2] ?? 0) / typical).toBeLessThan(0.72)
    // One in 20,000 normal values is above 4.1 deviations. A jump is some 9.
    expect((sizes.at(-1) ?? 0) / typical).toBeGreaterThan(6)
  }
})

test('no price leaves its range in a simulated year', () => {
  const walks = randomWalks(DEMO_ASSETS, 'year')
  const ratios: number[] = []
  for (let hour = 0; hour <= 365 * 24; hour++) {
    for (const [index, walk] of walks.entries()) {
      ratios.push(walk.priceAt(hour * 3_600_000) / Number(DEMO_ASSETS[index]?.startPrice))
    }
  }
  expect(ratios.reduce((least, ratio) => Math.min(least, ratio))).toBeGreaterThan(1 / 20)
  expect(ratios.reduce((most, ratio) => Math.max(most, ratio))).toBeLessThan(20)
})

test('asking for a time again, or for an earlier one, gives the last price', () => {
  const [walk] = randomWalks(DEMO_ASSETS, 'again')
  const price = walk?.priceAt(5_000)
  expect(walk?.priceAt(5_000)).toBe(price)
  expect(walk?.priceAt(1_000)).toBe(price)
})
