import type { Clock } from '../core/clock.ts'
import { EmbeddedError } from '../core/errors.ts'
import { acquireLockFile } from './lock-file.ts'
import { poll } from './poll.ts'

/** What `withStartLock` guards, and for how long it may wait. */
export interface StartLockOptions {
  readonly clock: Clock
  /** The lock file. */
  readonly path: string
  /** The option that names the folder, and the folder: for messages. */
  readonly subject: string
  readonly timeoutMs: number
}

/**
 * Runs `start` while no other process starts a server on the same folder: of two at once the second waits, and then
 * finds the server of the first.
 *
 * @throws EmbeddedError when the lock cannot be written, or another process holds it until time is up.
 */
export async function withStartLock<T>(options: StartLockOptions, start: () => Promise<T>): Promise<T> {
  const { clock, path, subject, timeoutMs } = options
  let holder = 0
  const lock = await poll(clock, timeoutMs, async () => {
    const outcome = await acquireLockFile(path, clock).catch((error: unknown) => {
      throw new EmbeddedError(`${subject}: ${String(error)}. Choose a folder in a writable place.`, error)
    })
    if ('release' in outcome) return outcome
    holder = outcome.holder.pid
    return undefined
  })
  if (!lock) {
    throw new EmbeddedError(
      `${subject}: process ${holder} has been starting a server there for more than ${Math.round(timeoutMs)} ms (timeoutMs).`,
    )
  }
  try {
    return await start()
  } finally {
    await lock.release()
  }
}
