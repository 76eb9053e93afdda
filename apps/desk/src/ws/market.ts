import type { Live } from 'holdfast/live'
import type { Board } from '../market/board.ts'
import { candleTime } from '../market/candles/interval.ts'
import type { Feed } from '../market/feed.ts'
import { assetKey, chartOf, type DeskChannel, type DeskChannels } from './channels.ts'

/** Tells the bridge which prices and candles each tick changed, until the returned function is called. */
export function followMarket(
  feed: Pick<Feed, 'listen'>,
  board: Board,
  live: Pick<Live<DeskChannel>, 'changed' | 'followed'>,
  { prices, candles }: Pick<DeskChannels, 'prices' | 'candles'>,
): () => void {
  /** By chart: when the candle begins that was told of last. */
  const told = new Map<string, number>()
  return feed.listen(({ tick }) => {
    live.changed(prices, {}, { keys: [assetKey(tick)] })
    for (const { id } of live.followed(candles)) {
      const chart = chartOf(id)
      if (chart.chain !== tick.chain || chart.asset !== tick.asset) continue
      const key = `${assetKey(chart)}:${chart.interval}`
      const time = candleTime(tick.eventTimeMs, chart.interval)
      const hasBegun = told.get(key) !== time
      told.set(key, time)
      // The one before goes with one that begins: whoever has that one knows that there is none in between.
      const before = hasBegun ? board.candles(chart, chart.interval, 2)[0]?.time : undefined
      live.changed(candles, id, { keys: [...new Set([before ?? time, time])].map(String) })
    }
  })
}
