import type { Candle, Price } from '../api/shapes.ts'
import { createCell, type Cell, type ReadonlyCell } from '../cell.ts'
import { every, type Clock } from '../clock.ts'
import { assetKey, type AssetKey } from './asset-key.ts'

const BUCKET_MS = 60_000
/** One hour of minutes. */
const BUCKETS = 60
const PUBLISH_EVERY_MS = 1_000
/** Venues may send a tick slightly late. Event time that falls by more is a feed that started over. */
const LATE_BUCKETS = 1

/** A point of a sparkline. The price is a number because it is only drawn. */
export interface HistoryPoint {
  readonly minute: number
  readonly price: number
}

/** The last hour of each asset, by the minute of event time, for drawing. */
export interface PriceHistory {
  /** Changes at most once a second, however fast the market ticks. */
  readonly of: (key: AssetKey) => ReadonlyCell<readonly HistoryPoint[]>
  readonly add: (price: Price) => void
  /** Fills in what happened before the first tick. */
  readonly seed: (key: AssetKey, candles: readonly Candle[]) => void
  readonly clear: () => void
}

interface Track {
  points: HistoryPoint[]
  changed: boolean
  readonly shown: Cell<readonly HistoryPoint[]>
}

/** Starts empty, and publishes on the clock from then on. */
export function createPriceHistory(clock: Clock): PriceHistory {
  const tracks = new Map<AssetKey, Track>()

  function trackOf(key: AssetKey): Track {
    const found = tracks.get(key)
    if (found) return found
    const created: Track = { points: [], changed: false, shown: createCell<readonly HistoryPoint[]>([]) }
    tracks.set(key, created)
    return created
  }

  function publish(track: Track): void {
    if (!track.changed) return
    track.changed = false
    track.shown.set([...track.points])
  }

  every(clock, PUBLISH_EVERY_MS, () => tracks.forEach(publish))

  return {
    of: (key) => trackOf(key).shown,
    add({ chain, asset, eventTime, price }) {
      const point = { minute: Math.floor(eventTime / BUCKET_MS), price: Number(price) }
      const track = trackOf(assetKey({ chain, asset }))
      const last = track.points.at(-1)
      const behind = last ? last.minute - point.minute : 0
      if (!Number.isFinite(point.price) || (behind > 0 && behind <= LATE_BUCKETS)) return
      if (behind > LATE_BUCKETS) track.points = []
      else if (last && behind === 0) track.points.pop()
      track.points.push(point)
      if (track.points.length > BUCKETS) track.points.shift()
      track.changed = true
    },
    seed(key, candles) {
      const track = trackOf(key)
      const firstLive = track.points[0]?.minute ?? Number.POSITIVE_INFINITY
      const older = candles
        .map(({ time, close }) => ({ minute: Math.floor(time / BUCKET_MS), price: Number(close) }))
        .filter(({ minute, price }) => minute < firstLive && Number.isFinite(price))
      track.points = [...older, ...track.points].slice(-BUCKETS)
      track.changed = true
      publish(track)
    },
    clear() {
      for (const track of tracks.values()) {
        track.points = []
        track.changed = false
        track.shown.set([])
      }
    },
  }
}
