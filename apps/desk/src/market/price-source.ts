/**
 * Where prices come from. A source calls `emit` once for each trade, in the order of the venue, and waits for what
 * it returns before the next: a slow consumer slows the source down, and no tick is lost or overtaken.
 */

import type { Asset } from '../domain/assets.ts'
import type { Chain } from '../domain/chains.ts'

/** One trade as its venue reported it. */
export interface Tick {
  readonly chain: Chain
  /** The normalised address, or the symbol of the pair on an exchange. */
  readonly asset: string
  /** Above zero: the venue's own digits in canonical decimal text, so `'0.00141300'` arrives as `'0.001413'`. */
  readonly price: string
  /** Traded amount in the asset, canonical decimal text. `null` where the source cannot tell. */
  readonly quantity: string | null
  /** The venue's time, ms since 1970 UTC. Never falls within one source. It says nothing about the age here. */
  readonly eventTimeMs: number
  /** The venue's name of the trade, where it has one: unique within a run. */
  readonly tradeId?: string
}

/** Takes one tick. The source goes on when the returned promise settles; its rejection ends the source. */
export type Emit = (tick: Tick) => void | Promise<void>

/** How far a source has come. */
export interface SourceProgress {
  /** Ticks emitted since the run began. */
  readonly ticks: number
  /** The venue's time of the last tick, or `null` before the first. */
  readonly eventTimeMs: number | null
  /** How long after its due time the last tick was emitted. 0 where nothing is due at a time. */
  readonly lagMs: number
}

/** A stream of ticks. One run at a time. */
export interface PriceSource {
  readonly name: string
  /** All that it can report a trade of. */
  readonly assets: readonly Asset[]
  /**
   * Resolves when the source has no more ticks, or soon after `signal` aborts: being stopped is no failure.
   * Rejects with the source's own failure, or with what `emit` failed with.
   */
  run(emit: Emit, signal: AbortSignal): Promise<void>
  progress(): SourceProgress
}
