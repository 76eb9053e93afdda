import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'

/** What an opened keyspace knows of the state that it belongs to. */
export interface KeyspaceContext {
  /** Names the state in signals: several may be open in one process. */
  readonly state: string
  /** The keyspace's own name in that state. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  /** Whether the state was closed. */
  isClosed(): boolean
}
