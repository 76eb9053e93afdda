import type { ReactElement } from 'react'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { connectionWords } from '../stream/connection.ts'

/** How the live stream is doing, in words; while it waits, a button that does not. */
export function ConnectionState(): ReactElement {
  const { stream, now } = useDesk()
  const connection = useCell(stream.connection)
  const { wallMs } = useCell(now)
  const { label, detail } = connectionWords(connection, wallMs)
  return (
    <div className="connection" data-kind={connection.kind} title={detail}>
      <span className="connection-dot" aria-hidden="true" />
      <span data-testid="connection">{label}</span>
      {connection.kind === 'waiting' && (
        <button type="button" className="link-button" onClick={stream.retryNow}>
          Now
          <span className="visually-hidden"> try to reconnect</span>
        </button>
      )}
      {/* The countdown is not read out second by second; a change of kind is. */}
      <output className="visually-hidden">
        {connection.kind === 'live' ? 'Live' : connection.kind === 'waiting' ? detail : ''}
      </output>
    </div>
  )
}
