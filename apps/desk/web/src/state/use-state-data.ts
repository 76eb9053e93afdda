import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { DeskState } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import type { ObservedState } from './keyspace-rates.ts'

const POLL_WHILE_DOWN_MS = 5_000

/** The observed state layer: from the stream, and by polling while the stream is down. */
export function useStateData(): { observed: ObservedState | null; query: UseQueryResult<DeskState> } {
  const { stream, keyspaces, queries } = useDesk()
  useEffect(() => stream.subscribe('state'), [stream])
  const live = useCell(stream.connection).kind === 'live'
  const query = useQuery({ ...queries.state, refetchInterval: live ? false : POLL_WHILE_DOWN_MS })
  const { data } = query
  useEffect(() => {
    // A reply that was overtaken by the stream would look like a restarted desk.
    const known = keyspaces.observed.get()
    if (data && !(live && known)) keyspaces.accept(data)
  }, [data, keyspaces, live])
  return { observed: useCell(keyspaces.observed), query }
}
