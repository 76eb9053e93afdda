import { constants } from 'node:fs'
import { open, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine, identify, type ProcessIdentity } from '../process-identity.ts'

/**
 * What PostgreSQL notes in `postmaster.pid`, by line: 1 its pid, 2 the data folder, 3 its start, 4 the port,
 * 5 and 6 where it listens, 7 its shared memory, 8 its status (src/include/utils/pidfile.h).
 */
export interface PostmasterNote {
  readonly pid: number
  readonly port: number
  /** It accepts connections: neither starting nor stopping. */
  readonly ready: boolean
}

/** A server that was found running. */
export interface Postmaster extends PostmasterNote {
  readonly identity: ProcessIdentity
}

/** What the file says, true or not; `undefined` when there is none, or it is torn. */
export async function readPostmasterNote(dataDir: string): Promise<PostmasterNote | undefined> {
  const text = await readFile(noteIn(dataDir), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

/** The server on this folder, ready or not: one that outlived the process that started it. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const note = await readPostmasterNote(dataDir)
  const identity = note && (await identify(note.pid))
  if (!identity) return undefined
  return (await isPostgres(note.pid)) && (await worksIn(note.pid, dataDir))
    ? { ...note, identity }
    : undefined
}

/**
 * To be called when there is no such server. The note of a server that died makes PostgreSQL refuse to start when
 * a stranger has its pid by now, or when it is torn. Removing it would lose line 7, by which PostgreSQL sees that
 * children of the dead server still use its memory. But it ignores a pid that is its own parent's: so the note is
 * signed over to this process. A pid of some other PostgreSQL is left for PostgreSQL to judge.
 */
export async function disarmStaleNote(dataDir: string): Promise<void> {
  const note = await readPostmasterNote(dataDir)
  if (note && (await isPostgres(note.pid))) return
  // O_NOFOLLOW: root writes here in a folder that belongs to the server's account.
  const flags = constants.O_RDWR | constants.O_NOFOLLOW
  const file = await open(noteIn(dataDir), flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!file) return
  try {
    const [, ...rest] = (await file.readFile('utf8')).split('\n')
    await file.truncate(0)
    await file.write([String(process.pid), ...rest].join('\n'), 0)
  } finally {
    await file.close()
  }
}

function noteIn(dataDir: string): string {
  return join(dataDir, 'postmaster.pid')
}

async function isPostgres(pid: number): Promise<boolean> {
  const command = await commandLine(pid)
  return command !== undefined && /(^|\/)postgres\b/.test(command)
}

/** A postmaster works inside its data folder; where that cannot be asked, its arguments name the folder. */
async function worksIn(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === dataDir
  const command = await commandLine(pid)
  return command !== undefined && `${command} `.includes(` -D ${dataDir} `)
}
