import type { ReactElement } from 'react'
import { Change } from '../market/change.tsx'

/** A profit in percent of what was paid, under the amount. */
export function Percent({ percent }: { percent: string | null }): ReactElement {
  return (
    <span className="percent">
      <Change percent={percent} />
    </span>
  )
}
