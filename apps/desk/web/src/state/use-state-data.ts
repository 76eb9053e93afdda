import { useQuery } from '@tanstack/react-query'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import type { ObservedState } from './keyspace-rates.ts'

const POLL_WHILE_DOWN_MS = 5_000

/** The state layer as it was last observed, or why it was not. */
export interface StateData {
  readonly observed: ObservedState | null
  readonly error: Error | null
  readonly retry: () => void
}

/** Observes the state layer: through the stream, and by polling while the stream is down. */
export function useStateData(): StateData {
  const { api, stream, keyspaces } = useDesk()
  const live = useCell(stream.connection).kind === 'live'
  const query = useQuery({
    queryKey: ['state'],
    async queryFn({ signal }) {
      const fetched = await api.state(signal)
      // A reply that the stream has overtaken would look like a restarted desk.
      const overtaken = stream.connection.get().kind === 'live' && keyspaces.observed.get() !== null
      if (!overtaken) keyspaces.accept(fetched)
      return fetched.uptimeMs
    },
    refetchInterval: live ? false : POLL_WHILE_DOWN_MS,
  })
  return {
    observed: useCell(keyspaces.observed),
    error: query.error,
    retry: () => void query.refetch(),
  }
}
