import type { Clock } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../db/database.ts'
import type { Executor } from '../execution/executor.ts'
import type { DeskState } from '../ops/state.ts'

/** What trading stands on. */
export interface TradingParts {
  readonly db: Database
  readonly state: DeskState
  readonly executor: Executor
  readonly clock: Clock
  readonly log: Logger
}
