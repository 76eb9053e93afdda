/**
 * The simulated market: the logarithm of each price is a random walk, driven by one market factor per chain and by
 * a part of its own, with rare jumps.
 *
 *   dx = volatility · (ρ dM + √(1−ρ²) dI) + jump − x dt / PULL      x = ln(price / start price), ρ = correlation
 *
 * M and I are standard Brownian motions (I one per asset, M one per chain), counted in years. The weak pull towards
 * the start price is there for a demo that runs for months: without it a wild asset ends at its tick size.
 *
 * These are the only prices of the desk that are JavaScript numbers, and rightly so: this invents a price, it does
 * not compute with one. From the moment it is emitted a price is exact decimal text (see invent.ts).
 */

import type { SimulatedAsset } from '../../domain/assets.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'

const YEAR_MS = 365 * 86_400_000
const PULL_MS = 30 * 86_400_000
const JUMP_EVERY_MS = 3 * 3_600_000
/** Standard deviation of a jump, as a share of the asset's yearly volatility: some 1.5 % for a calm coin. */
const JUMP_SHARE = 0.02

/** The path of one asset. */
export interface Walk {
  /** The price `elapsedMs` after the walk began. Time only moves forward: an earlier time gives the last price. */
  priceAt(elapsedMs: number): number
}

/** One walk for each asset, in their order. Assets of one chain share its market. */
export function randomWalks(assets: readonly SimulatedAsset[], seed: string): Walk[] {
  const markets = new Map<string, Market>()
  return assets.map((asset) => {
    const market = markets.get(asset.chain) ?? brownianMarket(seededRandom(`${seed}/${asset.chain}`))
    markets.set(asset.chain, market)
    return randomWalk(asset, market, seededRandom(`${seed}/${asset.chain}/${asset.asset}`))
  })
}

/** The level of a chain's market factor at a time. */
type Market = (elapsedMs: number) => number

function brownianMarket(random: SeededRandom): Market {
  let atMs = 0
  let level = 0
  return (elapsedMs) => {
    if (elapsedMs > atMs) {
      level += Math.sqrt((elapsedMs - atMs) / YEAR_MS) * random.normal()
      atMs = elapsedMs
    }
    return level
  }
}

function randomWalk(asset: SimulatedAsset, market: Market, random: SeededRandom): Walk {
  const start = Number(asset.startPrice)
  const own = Math.sqrt(1 - asset.correlation ** 2)
  let atMs = 0
  let marketLevel = 0
  let x = 0
  return {
    priceAt(elapsedMs) {
      const stepMs = elapsedMs - atMs
      if (stepMs > 0) {
        const level = market(elapsedMs)
        const shared = asset.correlation * (level - marketLevel)
        const alone = own * Math.sqrt(stepMs / YEAR_MS) * random.normal()
        x =
          x * Math.exp(-stepMs / PULL_MS) + asset.volatility * (shared + alone) + jump(asset, stepMs, random)
        marketLevel = level
        atMs = elapsedMs
      }
      return start * Math.exp(x)
    },
  }
}

function jump(asset: SimulatedAsset, stepMs: number, random: SeededRandom): number {
  const happens = random.float() < 1 - Math.exp(-stepMs / JUMP_EVERY_MS)
  return happens ? asset.volatility * JUMP_SHARE * random.normal() : 0
}
