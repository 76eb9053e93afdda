import type { Immutable } from 'holdfast'
import type { Decimal } from '../../domain/decimal.ts'
import * as decimal from '../../domain/decimal.ts'
import type { Position } from '../../domain/position.ts'
import { type Peaks, worthStoring } from '../rules/peaks.ts'
import { observe, peaksOf, type Rules, watch, type Watched } from '../rules/watched.ts'

/** Peaks as they are to be stored. They are those of one version of the position: a purchase begins new ones. */
export interface MovedPeaks extends Peaks {
  readonly positionId: string
  readonly version: number
}

/** The open positions, made ready for the next tick, with the peaks that ticks have seen: exact, from each of them. */
export interface Watchlist {
  /** The position as it is after a price. `rules` undefined: its agent does not trade; peaks are seen all the same. */
  see(position: Immutable<Position>, rules: Rules | undefined, price: Decimal): Watched
  /** Peaks that moved by a thousandth of what is stored; with `all`, those that moved at all. */
  moved(which: 'far' | 'all'): MovedPeaks[]
  /** They were stored. */
  stored(peaks: readonly MovedPeaks[]): void
  /** Forgets a position that is open no more. */
  forget(positionId: string): void
}

interface Entry {
  /** As it was read last. */
  position: Immutable<Position>
  rules: Rules
  watched: Watched
  stored: Peaks
}

const NO_RULES: Rules = { stop: null, takeProfit: null, stale: null, dca: null }

/** Nothing is watched yet: what rows say of peaks is where watching begins. */
export function createWatchlist(): Watchlist {
  const entries = new Map<string, Entry>()

  /** The entry of the position as it was read now. Rules and row are nearly always the ones of the last tick. */
  const current = (position: Immutable<Position>, rules: Rules): Entry => {
    const known = entries.get(position.id)
    if (known?.position === position && known.rules === rules) return known
    if (known?.rules === rules && known.position.version === position.version)
      return readAgain(known, position)
    let watched = watch(position, rules)
    // Of one purchase: rows are behind, and another process may have seen what this one has not.
    if (known?.position.bought === position.bought) {
      watched = observe(observe(watched, known.watched.peak), known.watched.low)
    }
    const { peakPrice, lowPrice } = position
    const entry = { position, rules, watched, stored: { peakPrice, lowPrice } }
    entries.set(position.id, entry)
    return entry
  }

  /** The same version of a position under the same rules: nothing but its stored peaks may differ. */
  const readAgain = (entry: Entry, position: Immutable<Position>): Entry => {
    const { peakPrice, lowPrice } = position
    if (peakPrice !== entry.position.peakPrice)
      entry.watched = observe(entry.watched, decimal.parse(peakPrice, 'peakPrice'))
    if (lowPrice !== entry.position.lowPrice)
      entry.watched = observe(entry.watched, decimal.parse(lowPrice, 'lowPrice'))
    entry.position = position
    entry.stored = { peakPrice, lowPrice }
    return entry
  }

  return {
    see(position, rules = NO_RULES, price) {
      const entry = current(position, rules)
      return (entry.watched = observe(entry.watched, price))
    },
    moved: (which) =>
      [...entries.values()].flatMap(({ position, watched, stored }) => {
        const peaks = peaksOf(watched)
        const hasMoved = which === 'far' ? worthStoring(stored, peaks) : !isSame(stored, peaks)
        return hasMoved ? [{ positionId: position.id, version: position.version, ...peaks }] : []
      }),
    stored(peaks) {
      for (const { positionId, peakPrice, lowPrice } of peaks) {
        const entry = entries.get(positionId)
        if (entry) entry.stored = { peakPrice, lowPrice }
      }
    },
    forget: (positionId) => void entries.delete(positionId),
  }
}

function isSame(a: Peaks, b: Peaks): boolean {
  const same = (one: string, other: string): boolean =>
    decimal.compare(decimal.parse(one), decimal.parse(other)) === 0
  return same(a.peakPrice, b.peakPrice) && same(a.lowPrice, b.lowPrice)
}
