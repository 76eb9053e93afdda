import type { Logger } from 'pino'
import { watchOutage } from '../ops/outage.ts'
import type { DeskState } from '../ops/state.ts'
import type { Board } from './board.ts'
import { candleTime, INTERVALS } from './candles/interval.ts'
import type { Price } from './price.ts'
import type { PriceSource, Tick } from './price-source.ts'

/** A tick that was counted, and the price that it made. */
export interface PriceChange {
  readonly tick: Tick
  readonly price: Price
}

/** Runs a price source: from tick to board, to the price keyspace, to whoever listens. */
export interface Feed {
  readonly source: PriceSource
  /** Calls `listener` after each tick, in order, until the returned function is called. */
  listen(listener: (change: PriceChange) => void): () => void
  /**
   * The same for whoever must be done before the next tick: the source waits for what `reaction` returns. It runs
   * before the listeners, one reaction after the other. A rejection ends the run, as the source's own failure does.
   */
  react(reaction: (change: PriceChange) => void | Promise<void>): () => void
  /** Resolves when the source ends or `signal` aborts; rejects with the source's failure. */
  run(signal: AbortSignal): Promise<void>
  /** Ticks that the store did not take. They are on the board; readers get them from the loader. */
  failedWrites(): number
}

/** A feed that does not run yet. */
export function createFeed(source: PriceSource, board: Board, state: DeskState, log: Logger): Feed {
  const listeners = new Set<(change: PriceChange) => void>()
  const reactions = new Set<(change: PriceChange) => void | Promise<void>>()
  const outage = watchOutage(log, 'writing prices to the store')
  /** By asset: the event time up to which the candles in the store are known to be right. */
  const settledMs = new Map<string, number>()
  let failedWrites = 0

  /** The candles that were completed since they were last right are read from the board again. */
  const invalidateCandles = async ({ chain, asset, eventTimeMs }: Tick, sinceMs: number): Promise<void> => {
    const complete = INTERVALS.filter(
      (interval) => candleTime(sinceMs, interval) !== candleTime(eventTimeMs, interval),
    )
    if (complete.length > 0)
      await state.ohlcv.deleteMany(complete.map((interval) => ({ chain, asset, interval })))
  }

  const take = async (tick: Tick): Promise<void> => {
    const price = board.record(tick)
    const key = `${tick.chain}:${tick.asset}`
    const sinceMs = settledMs.get(key) ?? tick.eventTimeMs
    settledMs.set(key, sinceMs)
    try {
      await state.price.set(tick, price)
      await invalidateCandles(tick, sinceMs)
      // Only now: what the store did not take is tried again with the next tick.
      settledMs.set(key, tick.eventTimeMs)
      outage.worked()
    } catch (error) {
      failedWrites++
      outage.failed(error)
    }
    const change = { tick, price }
    for (const reaction of reactions) await reaction(change)
    for (const listener of listeners) listener(change)
  }

  return {
    source,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    react(reaction) {
      reactions.add(reaction)
      return () => reactions.delete(reaction)
    },
    run: (signal) => source.run(take, signal),
    failedWrites: () => failedWrites,
  }
}
