import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { systemRandom } from '../core/random.ts'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'

/** Who holds a lock file, and since when (ISO 8601). */
export interface LockHolder extends ProcessIdentity {
  readonly since: string
}

/** Ours, with the way to give it back (twice is fine), or the holder's. */
export type LockOutcome = { readonly release: () => Promise<void> } | { readonly holder: LockHolder }

interface LockRecord extends LockHolder {
  readonly token: string
}

/** Each further attempt needs the lock to have changed hands during the last one. */
const MAX_ATTEMPTS = 10

/**
 * A file that at most one live process of this machine holds; it names the holder. Nobody waits here.
 *
 * It appears whole, by a hard link, so nobody reads half a record. When its holder is dead, or the pid belongs to
 * another process by now, it is replaced under a lock of the same sort, `<path>.takeover`: of several processes that
 * find it stale at once one gets it, and a slow one cannot remove the lock of a quick one.
 *
 * The limit: processes in other containers or on other machines are not seen, and count as dead.
 * Rejects with the file system's error when the folder (made when missing) cannot be written.
 */
export async function acquireLockFile(path: string, clock: Clock): Promise<LockOutcome> {
  const self = await identify(process.pid)
  const own: LockRecord = {
    pid: process.pid,
    startedAt: self?.startedAt ?? '',
    token: systemRandom.token(),
    since: new Date(clock.wall()).toISOString(),
  }
  const draft = `${path}.${own.pid}.${own.token}`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(draft, JSON.stringify(own), { flag: 'wx', mode: 0o600 })
  try {
    const holder = await acquire(path, draft, own)
    return holder ? { holder } : { release: () => release(path, own) }
  } finally {
    await rm(draft, { force: true })
  }
}

/** `undefined` when `path` is ours now, else the record of who holds it. */
async function acquire(path: string, draft: string, own: LockRecord): Promise<LockRecord | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (await tryLink(draft, path)) return undefined
    const found = await readRecord(path)
    if (found === 'gone') continue
    if (found !== 'unreadable' && (await isRunning(found))) return found

    const takeover = `${path}.takeover`
    // Each level needs a process that was killed inside the level before, a window of microseconds.
    if (takeover.endsWith('.takeover.takeover.takeover')) break
    const rival = await acquire(takeover, draft, own)
    if (rival) return rival
    try {
      // The dead cannot release, and nobody else may replace: what is still the same stays the same.
      if (isSame(await readRecord(path), found)) return await replace(path, draft)
    } finally {
      await release(takeover, own)
    }
  }
  throw new Error(`remove ${path}, which a process that no longer runs left behind`)
}

function isSame(now: LockRecord | 'gone' | 'unreadable', before: LockRecord | 'unreadable'): boolean {
  if (typeof now === 'string' || typeof before === 'string') return now === before
  return now.token === before.token
}

async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** A second name of the draft is renamed over the stale lock, so that at no moment there is none. */
async function replace(path: string, draft: string): Promise<undefined> {
  await link(draft, `${draft}.next`)
  await rename(`${draft}.next`, path)
}

async function release(path: string, own: LockRecord): Promise<void> {
  if (isSame(await readRecord(path), own)) await rm(path, { force: true })
}

/** `unreadable` is what a power cut leaves: nobody who runs wrote it, since ours appear whole. */
async function readRecord(path: string): Promise<LockRecord | 'gone' | 'unreadable'> {
  try {
    const { pid, startedAt, token, since } = JSON.parse(await readFile(path, 'utf8')) as Partial<LockRecord>
    if (typeof pid !== 'number' || typeof startedAt !== 'string' || typeof token !== 'string')
      return 'unreadable'
    return { pid, startedAt, token, since: since ?? 'an unknown time' }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return 'unreadable'
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone'
    throw error
  }
}
