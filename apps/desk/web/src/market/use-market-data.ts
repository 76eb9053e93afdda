import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'

const POLL_WHILE_DOWN_MS = 5_000

/** Keeps the price store filled: from the stream, and by polling while the stream is down. */
export function useMarketData(): void {
  const { stream, prices, queries } = useDesk()
  useEffect(() => stream.subscribe('prices'), [stream])
  const live = useCell(stream.connection).kind === 'live'
  const { data } = useQuery({ ...queries.prices, refetchInterval: live ? false : POLL_WHILE_DOWN_MS })
  useEffect(() => {
    if (data) prices.accept(data, { snapshot: stream.connection.get().kind !== 'live' })
  }, [data, prices, stream])
}
