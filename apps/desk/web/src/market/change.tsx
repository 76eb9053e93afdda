import type { ReactElement } from 'react'
import { formatChange, signOf } from '../format/decimal.ts'

/** The 24 h change; its sign is a character, not only a colour. */
export function Change({ percent }: { percent: string | null }): ReactElement {
  return (
    <span className="change" data-direction={percent === null ? 0 : signOf(percent)}>
      {formatChange(percent)}
    </span>
  )
}
