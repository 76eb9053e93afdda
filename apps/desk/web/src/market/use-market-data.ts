import { useQuery } from '@tanstack/react-query'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'

const POLL_WHILE_DOWN_MS = 5_000

/** Keeps the price store filled: from the stream, and by polling while the stream is down. */
export function useMarketData(): void {
  const { api, stream, prices } = useDesk()
  const live = useCell(stream.connection).kind === 'live'
  useQuery({
    queryKey: ['prices'],
    async queryFn({ signal }) {
      const fetched = await api.prices(signal)
      // Stored here, as it arrives: what the query cache keeps would put old prices back when it is read again.
      prices.accept(fetched, { snapshot: stream.connection.get().kind !== 'live' })
      return fetched.length
    },
    refetchInterval: live ? false : POLL_WHILE_DOWN_MS,
  })
}
