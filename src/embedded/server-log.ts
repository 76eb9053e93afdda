import { constants } from 'node:fs'
import { lstat, open, rename, type FileHandle } from 'node:fs/promises'
import type { Account } from './run-program.ts'

const MAX_BYTES = 1_048_576
const TAIL_BYTES = 8_192
const TAIL_LINES = 15

/** The file that a server writes its output to. */
export interface ServerLog {
  readonly handle: FileHandle
  /** The last lines that were written since it was opened. */
  tail(): Promise<string>
}

/**
 * Opens a log to append to, which belongs to `account`. One that is over 1 MiB is moved to `<path>.old` first, so
 * two files bound the space that restarts take.
 */
export async function openServerLog(path: string, account?: Account): Promise<ServerLog> {
  const before = await lstat(path).catch(() => undefined)
  if (before && before.size > MAX_BYTES) await rename(path, `${path}.old`)
  // O_NOFOLLOW: root opens this in a folder that belongs to the server's account.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
  const handle = await open(path, flags, 0o600)
  if (account) await handle.chown(account.uid, account.gid)
  const { size: start } = await handle.stat()
  return { handle, tail: () => readTail(path, start) }
}

async function readTail(path: string, start: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = await file.stat()
    const from = Math.max(start, size - TAIL_BYTES)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from)
    return buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-TAIL_LINES).join('\n')
  } finally {
    await file.close()
  }
}
