import type { Clock } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../db/database.ts'
import type { Board } from '../market/board.ts'
import { type Execution, openExecution } from './execution.ts'
import type { Settings } from './settings.ts'
import type { SharedLog } from './shared-log.ts'
import { type DeskState, openState } from './state.ts'
import { redisError, startStore, type StateStore } from './store.ts'
import { startTruth, type Truth } from './truth.ts'

/** What every process of a desk stands on, whatever it does. */
export interface Ground {
  readonly truth: Truth
  readonly store: StateStore
  readonly db: Database
  readonly state: DeskState
}

/** How it is opened. */
export interface GroundOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Logger
  /** Where `log` writes to, to share it among processes. Left out, it is not shared. */
  readonly sharedLog?: SharedLog
  /** Told what takes time while starting, and how a replay gets on. */
  readonly onProgress: (line: string) => void
}

/** How what was started is ended: the latest first, whatever fails. */
export interface Endings {
  add(end: () => Promise<unknown> | void): void
  /** Once, however often it is called. */
  end(): Promise<void>
}

/** Nothing to end yet. */
export function createEndings(log: Logger): Endings {
  const endings: (() => Promise<unknown> | void)[] = []
  const endAll = async (): Promise<void> => {
    for (const end of endings.toReversed()) {
      try {
        await end()
      } catch (error) {
        log.error({ err: error }, 'something did not end cleanly')
      }
    }
  }
  let ending: Promise<void> | undefined
  return { add: (end) => void endings.push(end), end: () => (ending ??= endAll()) }
}

/**
 * Opens database, store and state.
 *
 * @throws SettingError or EmbeddedError that names the setting at fault
 */
export async function openGround(options: GroundOptions, board: Board, endings: Endings): Promise<Ground> {
  const { settings, clock, onProgress } = options
  const truth = await startTruth(settings, clock, onProgress)
  endings.add(() => truth.stop())
  const store = await startStore(settings, truth.database, clock, onProgress)
  endings.add(() => store.stop())
  const { db } = truth.database
  const relay = settings.roles.includes('relay')
  const state = await openState(store.factory, { db, board }, clock, { relay }).catch((error: unknown) => {
    throw settings.redisUrl === undefined ? error : redisError(error)
  })
  endings.add(() => state.close())
  options.sharedLog?.attach(state)
  return { truth, store, db, state }
}

/** Who executes orders. */
export function openExecutor(
  { settings, clock }: GroundOptions,
  { truth }: Ground,
  isReplay: boolean,
  endings: Endings,
): Execution {
  const execution = openExecution(settings, { databaseUrl: truth.url, isReplay, clock })
  endings.add(() => execution.executor.close())
  return execution
}
