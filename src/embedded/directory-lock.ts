import { join, resolve } from 'node:path'
import { systemClock, type Clock } from '../core/clock.ts'
import { EmbeddedError } from '../core/errors.ts'
import { acquireLockFile } from './lock-file.ts'

/** A folder that belongs to this process until `release`. */
export interface DirectoryLock {
  /** The lock file, `holdfast.lock` in the folder. */
  readonly path: string
  /** Gives the folder back. Removes no lock but our own; calling it twice is fine. */
  release(): Promise<void>
}

/** What `lockDirectory` takes besides the folder. */
export interface DirectoryLockOptions {
  /** The setting that chooses the folder, named in errors: `--data` or `DATA_DIR`. */
  readonly setting?: string
  readonly clock?: Clock
}

/**
 * Takes a folder (made when missing) for this process alone. A lock whose holder is dead is taken over.
 * Processes in other containers or on other machines are not seen: see `acquireLockFile`.
 *
 * @throws EmbeddedError when a live process (this one included) holds it, or the folder cannot be written.
 */
export async function lockDirectory(dir: string, options: DirectoryLockOptions = {}): Promise<DirectoryLock> {
  const { setting = 'the setting of the data folder', clock = systemClock } = options
  const folder = resolve(dir)
  const path = join(folder, 'holdfast.lock')
  const outcome = await acquireLockFile(path, clock).catch((error: unknown) => {
    throw new EmbeddedError(
      `${folder} cannot be locked: ${String(error)}. Choose a writable folder with ${setting}.`,
      error,
    )
  })
  if ('holder' in outcome) {
    const { pid, since } = outcome.holder
    throw new EmbeddedError(
      `${folder} is in use by process ${pid} since ${since}: stop that one, or choose another folder with ${setting}.`,
    )
  }
  return { path, release: outcome.release }
}
