/**
 * A market that needs no network: every asset trades about one to four times a second, at irregular moments, at the
 * prices of correlated random walks.
 *
 * Guarantee: the same seed and assets give the same ticks (prices, quantities, order), however fast the consumer is
 * and whatever the time of day. Only the event times follow the clock. When the consumer or the host falls behind,
 * the market waits: what was due is emitted late, and beyond a few seconds the schedule moves on instead of bursting.
 */

import type { Clock } from 'holdfast'

import type { SimulatedAsset } from '../../domain/assets.ts'
import { waitUntil } from '../pacing.ts'
import type { PriceSource, Tick } from '../price-source.ts'
import { type HistorySpan, simulatedHistory } from './history.ts'
import { inventor, type Inventor } from './invent.ts'
import { randomWalks, type Walk } from './random-walk.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'

const LONGEST_LAG_MS = 5_000

/** A price source that can also tell what happened before it started. */
export interface Simulator extends PriceSource {
  /**
   * Ticks of the time before `endMs`, in the order of their event times; the last of each asset is at `endMs` and
   * at its start price, where its live walk begins. The same seed gives the same past.
   */
  history(endMs: number, spans?: readonly HistorySpan[]): Iterable<Tick>
}

/** What the market is made of. */
export interface SimulatorOptions {
  /** Any text. */
  readonly seed: string
  readonly assets: readonly SimulatedAsset[]
  readonly clock: Clock
}

/** One asset with its own stream of randomness, so that none disturbs another's. */
interface Listing {
  readonly asset: SimulatedAsset
  readonly walk: Walk
  readonly invent: Inventor
  readonly random: SeededRandom
  /** Mean time between two trades. */
  readonly periodMs: number
  /** Market time of the next trade. */
  dueMs: number
}

/** A market in its first moment. Later runs go on where the last one stopped. */
export function createSimulator({ seed, assets, clock }: SimulatorOptions): Simulator {
  const listings = createListings(assets, seed)
  let marketMs = 0
  let ticks = 0
  let eventTimeMs: number | null = null
  let lagMs = 0

  return {
    name: 'simulator',
    assets,
    progress: () => ({ ticks, eventTimeMs, lagMs }),
    history: (endMs, spans) => simulatedHistory(assets, seed, endMs, spans),

    async run(emit, signal) {
      let originMs = clock.now() - marketMs
      for (;;) {
        const next = earliest(listings)
        if (!next || !(await waitUntil(clock, originMs + next.dueMs, signal))) return

        lagMs = clock.now() - (originMs + next.dueMs)
        if (lagMs > LONGEST_LAG_MS) originMs += lagMs
        marketMs = next.dueMs
        // The calendar may be set back; event times never are.
        eventTimeMs = Math.max(eventTimeMs ?? 0, Math.floor(clock.wall()))
        ticks++
        await emit(trade(next, eventTimeMs))
      }
    },
  }
}

function createListings(assets: readonly SimulatedAsset[], seed: string): Listing[] {
  const walks = randomWalks(assets, `${seed}/live`)
  return assets.flatMap((asset, index) => {
    const walk = walks[index]
    if (!walk) return []
    const random = seededRandom(`${seed}/trades/${asset.chain}/${asset.asset}`)
    const periodMs = 1_000 / (1.2 + 2.4 * random.float())
    return [{ asset, walk, invent: inventor(asset), random, periodMs, dueMs: periodMs * random.float() }]
  })
}

/** The listing that trades next; the first one in the list when two trade at once. */
function earliest(listings: readonly Listing[]): Listing | undefined {
  let first: Listing | undefined
  for (const listing of listings) {
    if (!first || listing.dueMs < first.dueMs) first = listing
  }
  return first
}

/** Makes the listing trade once, and schedules its next trade half a period to one and a half from now. */
function trade(listing: Listing, eventTimeMs: number): Tick {
  const { asset, walk, invent, random } = listing
  const price = walk.priceAt(listing.dueMs)
  listing.dueMs += listing.periodMs * (0.5 + random.float())
  return {
    chain: asset.chain,
    asset: asset.asset,
    price: invent.price(price),
    quantity: invent.quantity(price, random),
    eventTimeMs,
  }
}
