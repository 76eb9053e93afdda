import { systemRandom } from 'holdfast'
import { createBoard } from '../market/board.ts'
import { groundChecks, workCheck, type WorkPhase } from './checks.ts'
import { createEndings, type GroundOptions, openExecutor, openGround } from './ground.ts'
import { refuseAlone, type Role } from './roles.ts'
import { serveHealth, tryPorts } from './serve-health.ts'
import { startWork } from './start-work.ts'
import { tryStore } from './store.ts'

/** A process of the desk without the API. */
export interface DeskPart {
  readonly roles: readonly Role[]
  /** Where its health is answered; null without HEALTH_PORT. */
  readonly health: string | null
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
  let phase: WorkPhase = 'starting'
  try {
    refuseAlone(settings)
    await tryPorts(settings, false)
    await tryStore(settings, clock)
    const ground = await openGround(options, createBoard(clock), endings)
    const { truth, store, db, state } = ground
    const worksHere = settings.roles.includes('worker')
    const checks = groundChecks(truth.database, state)
    if (worksHere) checks.push(workCheck(() => phase))
    // From here on, so that it is alive while orders that were left open are looked after, and while it drains.
    const health = await serveHealth(settings, { checks, clock, log }, endings)
    const execution = openExecutor(options, ground, false, endings)
    const parts = { db, state, executor: execution.executor, clock, random: systemRandom, log }
    if (worksHere) await startWork({ ...parts, isAlone: false, onStarted: endings.add })
    phase = 'working'
    const about = { database: truth.about, store: store.about, execution: execution.about }
    const stop = (): Promise<void> => {
      phase = 'stopping'
      return endings.end()
    }
    return { roles: settings.roles, health, about, stop }
  } catch (error) {
    await endings.end()
    throw error
  }
}
