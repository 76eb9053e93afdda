import type { ReactElement } from 'react'
import { shareOf } from '../money/arithmetic.ts'

const PERCENTS = [25n, 50n, 75n, 100n] as const

/** Buttons that fill in a part of what there is. */
export function Shares({
  of,
  places,
  all,
  onPick,
}: {
  /** The whole; nothing to pick from while it is not known. */
  of: string | undefined
  places: number
  /** What the whole is called. */
  all: string
  onPick: (amount: string) => void
}): ReactElement {
  return (
    <fieldset className="shares">
      <legend className="visually-hidden">Fill in a part</legend>
      {PERCENTS.map((percent) => {
        const amount = of === undefined ? null : shareOf(of, percent, places)
        return (
          <button
            key={String(percent)}
            type="button"
            className="button"
            disabled={amount === null}
            onClick={() => amount !== null && onPick(amount)}
          >
            {percent === 100n ? all : `${percent} %`}
          </button>
        )
      })}
    </fieldset>
  )
}
