/**
 * The simulated market: the logarithm of each price is a random walk, driven by one factor that all assets of a
 * chain share and by one of its own.
 *
 *   dx = volatility · (ρ dM + √(1−ρ²) dI) − x dt / PULL      x = ln(price / start price), ρ = correlation
 *
 * M and I are Brownian motions with rare jumps, counted in years. The weak pull towards the start price is there
 * for a demo that runs for months: without it a wild asset ends at its tick size.
 *
 * These are the only prices of the desk that are JavaScript numbers, and rightly so: this invents a price, it does
 * not compute with one. From the moment it is emitted a price is exact decimal text (see invent.ts).
 */

import type { SimulatedAsset } from '../../domain/assets.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'

const YEAR_MS = 365 * 86_400_000
const PULL_MS = 30 * 86_400_000
const JUMP_EVERY_MS = 6 * 3_600_000
/** Standard deviation of a jump of a motion. Times a yearly volatility of 0.7, that is 0.8 %. */
const JUMP_SIZE = 0.012

/** The path of one asset. */
export interface Walk {
  /** The price `elapsedMs` after the walk began. Time only moves forward: an earlier time gives the last price. */
  priceAt(elapsedMs: number): number
}

/** One walk for each asset, in their order. Assets of one chain share its market. */
export function randomWalks(assets: readonly SimulatedAsset[], seed: string): Walk[] {
  const markets = new Map<string, Motion>()
  return assets.map((asset) => {
    const market = markets.get(asset.chain) ?? jumpyMotion(seededRandom(`${seed}/${asset.chain}`))
    markets.set(asset.chain, market)
    return randomWalk(asset, market, jumpyMotion(seededRandom(`${seed}/${asset.chain}/${asset.asset}`)))
  })
}

/** The level of a random motion at a time, which only moves forward. It starts at 0. */
type Motion = (elapsedMs: number) => number

function jumpyMotion(random: SeededRandom): Motion {
  let atMs = 0
  let level = 0
  return (elapsedMs) => {
    const stepMs = elapsedMs - atMs
    if (stepMs > 0) {
      const jumps = random.float() < 1 - Math.exp(-stepMs / JUMP_EVERY_MS)
      level += Math.sqrt(stepMs / YEAR_MS) * random.normal() + (jumps ? JUMP_SIZE * random.normal() : 0)
      atMs = elapsedMs
    }
    return level
  }
}

function randomWalk(asset: SimulatedAsset, market: Motion, own: Motion): Walk {
  const start = Number(asset.startPrice)
  const ownShare = Math.sqrt(1 - asset.correlation ** 2)
  let atMs = 0
  let driven = 0
  let x = 0
  return {
    priceAt(elapsedMs) {
      if (elapsedMs > atMs) {
        const drive = asset.correlation * market(elapsedMs) + ownShare * own(elapsedMs)
        x = x * Math.exp((atMs - elapsedMs) / PULL_MS) + asset.volatility * (drive - driven)
        driven = drive
        atMs = elapsedMs
      }
      return start * Math.exp(x)
    },
  }
}
