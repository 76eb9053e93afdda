import { useCallback, useMemo, type KeyboardEvent, type ReactElement } from 'react'
import type { Position } from '../api/trading-shapes.ts'
import { steppedIndex } from '../board/step.ts'
import { OpenPositionRow, positionLinkId } from './open-position-row.tsx'

const COLUMNS = ['Asset', 'Amount', 'Entry', 'Price', 'Value', 'Profit', 'Stop', 'Since', ''] as const

/** Open positions; the arrow keys move between rows, Enter opens the asset, `s` sells. */
export function OpenPositions({
  agentId,
  positions,
  selected,
  onSelect,
}: {
  agentId: string
  positions: readonly Position[]
  selected: string | null
  onSelect: (positionId: string) => void
}): ReactElement {
  const ids = useMemo(() => positions.map(({ id }) => id), [positions])
  const reachable = selected !== null && ids.includes(selected) ? selected : ids[0]
  const onKeyDown = useCallback(
    (event: KeyboardEvent, from: string) => {
      const index = steppedIndex(event.key, ids.indexOf(from), ids.length)
      const id = index === null ? undefined : ids[index]
      if (id === undefined) return
      event.preventDefault()
      document.getElementById(positionLinkId(id))?.focus()
    },
    [ids],
  )
  return (
    <table className="lines positions" aria-label="Open positions">
      <thead>
        <tr className="line line-head">
          {COLUMNS.map((name) => (
            <th key={name} scope="col" className={`cell-${name.toLowerCase() || 'action'}`}>
              {name || <span className="visually-hidden">Sell</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {positions.map((position) => (
          <OpenPositionRow
            key={position.id}
            {...{ agentId, position, onSelect, onKeyDown }}
            reachable={position.id === reachable}
          />
        ))}
      </tbody>
    </table>
  )
}
