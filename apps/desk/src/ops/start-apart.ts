import { systemRandom } from 'holdfast'
import { createBoard } from '../market/board.ts'
import { createEndings, type GroundOptions, openExecutor, openGround } from './ground.ts'
import { refuseAlone, type Role } from './roles.ts'
import { startWork } from './start-work.ts'
import { tryStore } from './store.ts'

/** A process of the desk without the API. */
export interface DeskPart {
  readonly roles: readonly Role[]
  /** For people: where the truth and the state live, and who executes orders. */
  readonly about: { readonly database: string; readonly store: string; readonly execution: string }
  /** Finishes the jobs under way, then ends all that was started, the latest first. */
  stop(): Promise<void>
}

/**
 * Starts a process of the roles `worker`, `relay` or both. It has no prices of its own: they are in the store.
 *
 * @throws SettingError that names the setting at fault. What was started is ended.
 */
export async function startApart(options: GroundOptions): Promise<DeskPart> {
  const { settings, clock, log } = options
  const endings = createEndings(log)
  try {
    refuseAlone(settings)
    await tryStore(settings, clock)
    const ground = await openGround(options, createBoard(clock), endings)
    const { truth, store, db, state } = ground
    const execution = openExecutor(options, ground, false, endings)
    const parts = { db, state, executor: execution.executor, clock, random: systemRandom, log }
    if (settings.roles.includes('worker'))
      await startWork({ ...parts, isAlone: false, onStarted: endings.add })
    const about = { database: truth.about, store: store.about, execution: execution.about }
    return { roles: settings.roles, about, stop: endings.end }
  } catch (error) {
    await endings.end()
    throw error
  }
}
