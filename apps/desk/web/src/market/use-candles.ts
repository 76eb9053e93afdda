import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Candle, Interval } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'

const POLL_WHILE_DOWN_MS = 10_000

/** The candles of an asset, the last of them live. */
export function useCandles(
  chain: string,
  asset: string,
  interval: Interval,
): { candles: readonly Candle[] | undefined; query: UseQueryResult<readonly Candle[]> } {
  const { stream, queries, followCandles } = useDesk()
  useEffect(() => followCandles(chain, asset, interval), [followCandles, chain, asset, interval])
  const live = useCell(stream.connection).kind === 'live'
  const query = useQuery({
    ...queries.candles(chain, asset, interval),
    refetchInterval: live ? false : POLL_WHILE_DOWN_MS,
  })
  return { candles: query.data, query }
}
