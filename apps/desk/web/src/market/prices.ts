import type { Price } from '../api/shapes.ts'
import { createCell, type Cell, type ReadonlyCell } from '../cell.ts'
import type { Clock } from '../clock.ts'
import { changedFrom, compareDecimal, fractionDigits } from '../format/decimal.ts'
import { assetKey, type AssetKey } from './asset-key.ts'

/** From this age on trades refuse a price, and screens call it stale. */
const STALE_AFTER_MS = 30_000

/** The last price of an asset, and what the screen needs to show how it moved. */
export interface LivePrice {
  readonly price: Price
  /** Monotonic ms when it arrived here. */
  readonly receivedAt: number
  /** 1 up, −1 down, 0 before the first move. It stays until the next move. */
  readonly direction: -1 | 0 | 1
  /** Index into `price.price` of the first character that the last move changed. */
  readonly changedFrom: number
  /** The most decimals seen for this asset, so that a trailing zero does not make the column jump. */
  readonly places: number
}

/** All last prices, each watched by itself: one tick re-renders one row. */
export interface PriceStore {
  readonly of: (key: AssetKey) => ReadonlyCell<LivePrice | null>
  /**
   * Takes newer prices; an older `seq` is ignored. A `snapshot` is taken whatever its `seq`, because a restarted
   * desk counts from the beginning again.
   */
  readonly accept: (prices: readonly Price[], options?: { snapshot: boolean }) => void
  readonly clear: () => void
}

/** Starts empty. */
export function createPriceStore(clock: Clock): PriceStore {
  const cells = new Map<AssetKey, Cell<LivePrice | null>>()

  function cellOf(key: AssetKey): Cell<LivePrice | null> {
    const found = cells.get(key)
    if (found) return found
    const created = createCell<LivePrice | null>(null)
    cells.set(key, created)
    return created
  }

  return {
    of: cellOf,
    accept(prices, options) {
      for (const price of prices) {
        const cell = cellOf(assetKey(price))
        const known = cell.get()
        if (known && price.seq < known.price.seq && !options?.snapshot) continue
        cell.set(nextPrice(known, price, clock.now()))
      }
    },
    clear() {
      for (const cell of cells.values()) cell.set(null)
    },
  }
}

function nextPrice(known: LivePrice | null, price: Price, receivedAt: number): LivePrice {
  const places = Math.max(known?.places ?? 0, fractionDigits(price.price))
  if (!known) return { price, receivedAt, direction: 0, changedFrom: price.price.length, places }
  const moved = Math.sign(compareDecimal(price.price, known.price.price)) as -1 | 0 | 1
  if (moved === 0) {
    return { price, receivedAt, direction: known.direction, changedFrom: known.changedFrom, places }
  }
  return {
    price,
    receivedAt,
    direction: moved,
    changedFrom: changedFrom(known.price.price, price.price),
    places,
  }
}

/** How old a price is now, counted from its receipt by the desk. */
export function ageOf(live: LivePrice, nowMs: number): number {
  return live.price.ageMs + Math.max(0, nowMs - live.receivedAt)
}

/** True when the price must not be taken for the current one. */
export function isStale(live: LivePrice, nowMs: number): boolean {
  return live.price.stale || ageOf(live, nowMs) >= STALE_AFTER_MS
}
