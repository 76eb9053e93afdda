import type { SimulatedAsset } from '../../domain/assets.ts'
import type { Tick } from '../price-source.ts'
import { inventor } from './invent.ts'
import { randomWalks } from './random-walk.ts'
import { seededRandom } from './seeded-random.ts'

/** A part of the past: one tick every `stepMs`, back to `reachMs` before the end. */
export interface HistorySpan {
  readonly reachMs: number
  readonly stepMs: number
}

const HOUR_MS = 3_600_000
const TRADES_PER_SECOND = 2.4

/**
 * The past that fills charts at the first start: fine for the last hours, ever coarser before them, so that each
 * candle interval shows some hundred candles with a body and wicks, for 250,000 ticks of 24 assets.
 */
export const CHART_HISTORY: readonly HistorySpan[] = [
  { reachMs: 4 * HOUR_MS, stepMs: 5_000 },
  { reachMs: 24 * HOUR_MS, stepMs: 30_000 },
  { reachMs: 7 * 24 * HOUR_MS, stepMs: 180_000 },
  { reachMs: 60 * 24 * HOUR_MS, stepMs: 1_800_000 },
]

/**
 * An invented past that ends at `endMs` with every asset at its start price. Ticks come in the order of their event
 * times; a tick stands for all trades of its step, so its quantity is their sum.
 *
 * @param spans from the nearest to the farthest, each reaching further back than the one before
 */
export function* simulatedHistory(
  assets: readonly SimulatedAsset[],
  seed: string,
  endMs: number,
  spans: readonly HistorySpan[] = CHART_HISTORY,
): Generator<Tick> {
  const lastMs = Math.floor(endMs)
  const steps = stepsBack(spans)
  const paths = pathsBack(assets, seed, steps)
  const listings = assets.map((asset) => ({
    asset,
    invent: inventor(asset),
    random: seededRandom(`${seed}/past trades/${asset.chain}/${asset.asset}`),
  }))
  for (let at = steps.length - 1; at >= 0; at--) {
    const { ageMs, stepMs } = steps[at] ?? { ageMs: 0, stepMs: 0 }
    for (const [index, { asset, invent, random }] of listings.entries()) {
      const price = paths[index]?.[at] ?? 0
      yield {
        chain: asset.chain,
        asset: asset.asset,
        price: invent.price(price),
        quantity: invent.turnover(price, (stepMs / 1_000) * TRADES_PER_SECOND, random),
        eventTimeMs: lastMs - ageMs,
      }
    }
  }
}

interface Step {
  readonly ageMs: number
  readonly stepMs: number
}

/** The moments of the past as ages, the youngest (0) first. */
function stepsBack(spans: readonly HistorySpan[]): Step[] {
  const steps: Step[] = []
  let ageMs = 0
  for (const { reachMs, stepMs } of spans) {
    for (; ageMs <= reachMs; ageMs += stepMs) steps.push({ ageMs, stepMs })
  }
  return steps
}

/** A walk looks the same in both directions of time, so the past is one that starts now and walks away from it. */
function pathsBack(assets: readonly SimulatedAsset[], seed: string, steps: readonly Step[]): Float64Array[] {
  const walks = randomWalks(assets, `${seed}/past`)
  const paths = assets.map(() => new Float64Array(steps.length))
  for (const [at, { ageMs }] of steps.entries()) {
    for (const [index, walk] of walks.entries()) {
      const path = paths[index]
      if (path) path[at] = walk.priceAt(ageMs)
    }
  }
  return paths
}
