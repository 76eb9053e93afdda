/** Backups of a PostgreSQL by its files, as an operator takes and restores them. */
import { execFile } from 'node:child_process'
import { chown, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { World } from '../world.ts'

const run = promisify(execFile)

/** Files that belong to the server's own account, and so must their copy. Some vanish while they are copied. */
async function copyFiles(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to]).catch(() => undefined)
}

/**
 * A copy of the files, taken while the server is at work: by the steps of a base backup. Its path.
 *
 * @throws what the database throws
 */
export async function backUp(world: World): Promise<string> {
  const files = world.postgresFiles
  const copy = `${files}.backup`
  const client = await world.pool.connect()
  try {
    await client.query(`SELECT pg_backup_start('proof', fast => true)`)
    await copyFiles(files, copy)
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()')
    await rm(join(copy, 'pg_wal'), { recursive: true, force: true })
    // What was written meanwhile makes the copy whole.
    await copyFiles(join(files, 'pg_wal'), join(copy, 'pg_wal'))
    const label = join(copy, 'backup_label')
    await writeFile(label, rows[0]?.labelfile ?? '', { mode: 0o600 })
    const { uid, gid } = await stat(copy)
    await chown(label, uid, gid)
  } finally {
    client.release()
  }
  for (const name of ['postmaster.pid', 'postmaster.opts']) await rm(join(copy, name), { force: true })
  return copy
}

/** Puts `other` in the place of the files of a server that is stopped. Where they are now. */
export async function replaceFiles(world: World, other: string): Promise<string> {
  const files = world.postgresFiles
  const kept = `${files}.kept-${Math.round(performance.now())}`
  await rename(files, kept)
  await rename(other, files)
  return kept
}
