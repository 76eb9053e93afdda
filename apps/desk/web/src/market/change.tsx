import type { ReactElement } from 'react'
import { changeDirection, formatChange } from '../format/decimal.ts'

/** The 24 h change; its sign is a character, not only a colour. */
export function Change({ percent }: { percent: string | null }): ReactElement {
  return (
    <span className="change" data-direction={changeDirection(percent)}>
      {formatChange(percent)}
    </span>
  )
}
