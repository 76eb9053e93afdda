import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../core/clock.ts'

const ABANDONED_AFTER_MS = 3_600_000

/**
 * Makes the folder `target` whole or not at all: `build` fills an empty folder beside it (mode 0700) and returns
 * the folder, that one or one inside, that is to become `target`; a rename then publishes it. A kill on the way
 * leaves only a hidden leftover, which a later build removes when it is an hour old.
 *
 * Where several processes build at once the first one wins, and the work of the others is dropped.
 * Rejects with what `build` or the file system throws.
 */
export async function buildDirectory(
  clock: Clock,
  target: string,
  build: (partial: string) => Promise<string>,
): Promise<void> {
  const parent = dirname(target)
  const prefix = `.${basename(target)}.partial-`
  await mkdir(parent, { recursive: true })
  await sweep(clock, parent, prefix)
  const partial = await mkdtemp(join(parent, prefix))
  try {
    await publish(await build(partial), target)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function publish(built: string, target: string): Promise<void> {
  try {
    await rename(built, target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return
    throw error
  }
  // Without this, a power cut could bring back the hidden name, with everything that was written since inside.
  const parent = await open(dirname(target))
  try {
    await parent.sync()
  } finally {
    await parent.close()
  }
}

async function sweep(clock: Clock, parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue
    const leftover = join(parent, name)
    const modified = await stat(leftover).catch(() => undefined)
    if (modified && clock.wall() - modified.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(leftover, { recursive: true, force: true })
    }
  }
}
