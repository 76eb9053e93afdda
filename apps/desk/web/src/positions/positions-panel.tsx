import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { Agent } from '../api/shapes.ts'
import type { Position } from '../api/trading-shapes.ts'
import { useDesk } from '../desk-context.ts'
import { Empty, Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { ClosedPositions } from './closed-positions.tsx'
import { OpenPositions } from './open-positions.tsx'

/** An agent's positions: those that are open, at the prices of this moment, and those that were closed. */
export function PositionsPanel({
  agent,
  open,
  error,
  onRetry,
  selected,
  onSelect,
}: {
  agent: Agent
  /** Undefined while they are on their way. */
  open: readonly Position[] | undefined
  error: Error | null
  onRetry: () => void
  /** The id of the row that Tab reaches, and that `s` sells. */
  selected: string | null
  onSelect: (positionId: string) => void
}): ReactElement {
  const [status, setStatus] = useState<Position['status']>('open')
  return (
    <section className="panel" aria-labelledby="positions-title" data-testid="positions">
      <header className="panel-head">
        <h2 id="positions-title">Positions</h2>
        <fieldset className="segments">
          <legend className="visually-hidden">Which positions</legend>
          {(['open', 'closed'] as const).map((each) => (
            <label key={each}>
              <input
                type="radio"
                name="position-status"
                checked={status === each}
                onChange={() => setStatus(each)}
              />
              <span>
                {each}
                {each === 'open' && open && ` ${open.length}`}
              </span>
            </label>
          ))}
        </fieldset>
      </header>
      {status === 'closed' ? (
        <Closed agentId={agent.id} />
      ) : open ? (
        open.length > 0 ? (
          <OpenPositions agentId={agent.id} positions={open} selected={selected} onSelect={onSelect} />
        ) : (
          <Empty title="No open positions">
            Press <kbd>b</kbd> to buy, here or on an asset of the market.
          </Empty>
        )
      ) : error ? (
        <Notice error={error} onRetry={onRetry} />
      ) : (
        <Skeleton rows={4} label="Loading the positions" />
      )}
    </section>
  )
}

function Closed({ agentId }: { agentId: string }): ReactElement {
  const { queries } = useDesk()
  const closed = useQuery(queries.closedPositions(agentId))
  if (closed.data) {
    return closed.data.length > 0 ? (
      <ClosedPositions positions={closed.data} />
    ) : (
      <Empty title="No closed positions">What was bought and sold again is kept here.</Empty>
    )
  }
  if (closed.isError) return <Notice error={closed.error} onRetry={() => void closed.refetch()} />
  return <Skeleton rows={4} label="Loading the closed positions" />
}
