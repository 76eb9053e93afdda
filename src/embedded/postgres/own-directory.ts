import { lstat, mkdir } from 'node:fs/promises'
import { EmbeddedError } from '../../core/errors.ts'

/** Where root keeps what its unprivileged server has to reach. The place that the FHS names for such state. */
export const SYSTEM_DIR = '/var/lib/holdfast'

/**
 * Makes the folder (mode 0755), or accepts one that is ours alone to change: programs that lie in it are run.
 *
 * @throws EmbeddedError when it is a link, belongs to somebody else, or others may write to it.
 */
export async function ownDirectory(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o755 })
  await assertOwn(dir)
  return dir
}

/** @throws EmbeddedError as `ownDirectory` does. */
export async function assertOwn(dir: string): Promise<void> {
  const found = await lstat(dir)
  const problem = !found.isDirectory()
    ? 'is no folder'
    : found.uid !== process.getuid?.()
      ? `belongs to user ${found.uid}`
      : found.mode & 0o022
        ? 'can be changed by others'
        : undefined
  if (problem) {
    throw new EmbeddedError(
      `${dir} ${problem}: remove it, or choose another place with the option systemDir.`,
    )
  }
}
