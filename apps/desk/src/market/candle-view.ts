import type { DeskState } from '../ops/state.ts'
import type { AssetId, Board } from './board.ts'
import type { Candle } from './candles/candle.ts'
import type { Interval } from './candles/interval.ts'

/**
 * The latest `limit` candles of a pair, oldest first: complete ones from the cache, and the one that is forming from
 * the board of this process.
 */
export async function candlesOf(
  state: DeskState,
  board: Board,
  id: AssetId,
  interval: Interval,
  limit: number,
): Promise<Candle[]> {
  const complete = (await state.ohlcv.get({ ...id, interval })) ?? []
  const [forming] = board.candles(id, interval, 1)
  // The cache may be a moment ahead or behind at the change from one candle to the next.
  const before = forming ? complete.filter(({ time }) => time < forming.time) : complete
  return [...before, ...(forming ? [forming] : [])].slice(-limit)
}
