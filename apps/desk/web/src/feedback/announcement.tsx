import type { ReactElement } from 'react'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'

/** Shows and says what just happened. The region is always there: readers ignore one that comes with its text. */
export function Announcement(): ReactElement {
  const message = useCell(useDesk().announcer.message)
  return <output className="announcement">{message && <p>{message}</p>}</output>
}
