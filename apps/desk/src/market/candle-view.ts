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
  // At the change from one candle to the next the cache is a moment behind: the last complete one is not in it yet.
  const recent = board.candles(id, interval, 2)
  const before = complete.filter(({ time }) => time < (recent[0]?.time ?? Infinity))
  return [...before, ...recent].slice(-limit)
}
