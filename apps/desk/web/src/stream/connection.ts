import type { ConnectionState } from 'holdfast/browser'
import { formatClock } from '../format/time.ts'

/** How the stream is doing. */
export type Connection = ConnectionState

/** The state in words: a label that fits the header, and a sentence that explains it. */
export function connectionWords(connection: Connection, wallMs: number): { label: string; detail: string } {
  switch (connection.kind) {
    case 'closed':
      return { label: 'Not connected', detail: 'The live stream is closed.' }
    case 'connecting':
      return { label: 'Connecting…', detail: `Opening the live stream. ${lastHeard(connection.since)}` }
    case 'live':
      return { label: 'Live', detail: 'Prices arrive as they change.' }
    case 'quiet':
      return {
        label: `Stale since ${formatClock(connection.since)}`,
        detail: 'The desk has stopped sending. The connection is being checked.',
      }
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((connection.retryAt - wallMs) / 1000))
      const label = seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting…'
      return { label, detail: `${causeWords(connection.cause)} ${lastHeard(connection.since)}` }
    }
  }
}

function lastHeard(since: number | null): string {
  return since === null ? 'Nothing has arrived yet.' : `The last message came at ${formatClock(since)} UTC.`
}

/** What it means to the reader that a connection ended. */
export function causeWords(cause: number | 'unanswered' | 'silent'): string {
  switch (cause) {
    case 'unanswered':
      return 'The desk accepted the connection but did not answer.'
    case 'silent':
      return 'The desk has stopped sending.'
    case 1001:
      return 'The desk is restarting or has stopped.'
    case 4408:
      return 'The desk gave up waiting for the sign-in of this connection.'
    case 4413:
      return 'This connection was too slow to keep up and was dropped.'
    case 4429:
      return 'The desk limits the connections of one person; close other tabs of it.'
    default:
      return 'The connection to the desk was lost.'
  }
}
