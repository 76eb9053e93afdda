import { useQuery } from '@tanstack/react-query'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'

/** The time that trades are stamped with, ms since 1970 UTC: the calendar's, or the one that a replay has reached. */
export function useVenueTime(): number {
  const { queries, now } = useDesk()
  const { wallMs } = useCell(now)
  return useQuery(queries.status).data?.replay?.eventTime ?? wallMs
}
