import type { Clock } from '../core/clock.ts'
import type { Keyring } from '../core/keyring.ts'
import type { Random } from '../core/random.ts'
import type { Moments } from './moments.ts'

/** What an opened keyspace knows of the state that it belongs to. */
export interface KeyspaceContext {
  /** Names the state in signals: several may be open in one process. */
  readonly state: string
  /** The keyspace's own name in that state. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly moments: Moments
  /** Seals values, of a keyspace that asks for it. */
  readonly keyring?: Keyring | undefined
  /** Whether the state was closed. */
  isClosed(): boolean
}
