import { addToBar, type Bar, openBar, type Trade } from './candle.ts'
import { candleTime, type Interval } from './interval.ts'

/** The latest bars of one pair and interval, in the order of their times. */
export interface Series {
  add(trade: Trade): void
  /** The latest `limit` bars, oldest first. */
  latest(limit: number): readonly Bar[]
}

/** An empty series that keeps the latest `maxBars` bars. */
export function createSeries(interval: Interval, maxBars: number): Series {
  const bars: Bar[] = []
  return {
    add(trade) {
      const time = candleTime(trade.timeMs, interval)
      // Nearly always the last bar or a new one behind it: a source that was cut off may send older trades again.
      let index = bars.length - 1
      while (index >= 0 && (bars[index]?.time ?? 0) > time) index--
      const bar = bars[index]
      if (bar?.time === time) return addToBar(bar, trade)
      bars.splice(index + 1, 0, openBar(time, trade))
      // A bar older than all that are kept goes again at once: what was let go does not come back in part.
      if (bars.length > maxBars) bars.shift()
    },
    latest: (limit) => bars.slice(Math.max(0, bars.length - limit)),
  }
}
