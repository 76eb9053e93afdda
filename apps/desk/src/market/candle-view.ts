import type { DeskState } from '../ops/state.ts'
import type { AssetId, Board } from './board.ts'
import type { Candle } from './candles/candle.ts'
import type { Interval } from './candles/interval.ts'

/**
 * The latest `limit` candles of a pair, oldest first and without a hole: complete ones from the cache, and those that
 * it does not have yet from the board of this process.
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
  // In a market that runs fast, or while the store does not take the invalidations, it is more than one candle behind.
  const two = board.candles(id, interval, 2)
  const joins = two.length < 2 || (two[0]?.time ?? 0) <= (complete.at(-1)?.time ?? -Infinity)
  const recent = joins ? two : board.candles(id, interval, limit)
  const before = complete.filter(({ time }) => time < (recent[0]?.time ?? Infinity))
  return [...before, ...recent].slice(-limit)
}
