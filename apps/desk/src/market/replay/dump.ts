/** A recorded file as a stream of lines, whatever its size: one small block is in memory at a time. */

import { open, stat } from 'node:fs/promises'

import { ACCEPTED, ReplayError, type ReplayErrorCode } from './replay-error.ts'

/** A file to replay. It can be read again and again. */
export interface Dump {
  /** As it was named. */
  readonly file: string
  readonly sizeBytes: number
  /**
   * The lines from the first to the last, some hundred at a time, without their '\n'. Each character is one byte
   * of the file. A byte order mark is left out.
   *
   * @throws ReplayError when the file cannot be read on, or is no text
   */
  blocks(): AsyncIterable<readonly string[]>
}

const BLOCK_BYTES = 64 * 1024
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'
// Control characters other than tab, line feed and carriage return: no text has them.
// oxlint-disable-next-line no-control-regex
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

/** @throws ReplayError when `file` is missing, unreadable, empty, or no regular file */
export async function openDump(file: string): Promise<Dump> {
  // Asked before opening: to open a named pipe is to wait for whoever writes to it.
  const stats = await attempt(file, () => stat(file))
  if (stats.isDirectory()) throw refused('REPLAY_FILE_UNREADABLE', file, 'is a directory')
  if (!stats.isFile()) throw refused('REPLAY_FILE_UNREADABLE', file, 'is no regular file')
  if (stats.size === 0) throw refused('REPLAY_FILE_EMPTY', file, 'is empty')
  return { file, sizeBytes: stats.size, blocks: () => readBlocks(file) }
}

async function* readBlocks(file: string): AsyncGenerator<readonly string[]> {
  const handle = await attempt(file, () => open(file, 'r'))
  try {
    const buffer = Buffer.allocUnsafe(BLOCK_BYTES)
    let unfinished = ''
    let isStart = true
    for (;;) {
      const { bytesRead } = await attempt(file, () => handle.read(buffer, 0, buffer.length, null))
      if (bytesRead === 0) break
      // Latin-1: a dump is ASCII, and one character per byte keeps the count of bytes exact.
      const text = buffer.toString('latin1', 0, bytesRead)
      if (NOT_TEXT.test(text)) throw notText(file, text)
      const lines = (unfinished + (isStart ? withoutByteOrderMark(text) : text)).split('\n')
      isStart = false
      unfinished = lines.pop() ?? ''
      if (unfinished.length > BLOCK_BYTES)
        throw refused('REPLAY_FILE_NOT_CSV', file, 'has a line of over 64 kB')
      if (lines.length > 0) yield lines
    }
    if (unfinished !== '') yield [unfinished]
  } finally {
    await handle.close()
  }
}

async function attempt<Result>(file: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    throw refused('REPLAY_FILE_UNREADABLE', file, systemProblem(error), error)
  }
}

function systemProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist'
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user'
    case 'EISDIR':
      return 'is a directory'
    default:
      return `cannot be read (${code})`
  }
}

function notText(file: string, start: string): ReplayError {
  const packed = start.startsWith('PK') || start.startsWith('\u001f\u008b')
  return refused('REPLAY_FILE_NOT_CSV', file, packed ? 'is a packed archive: unpack it first' : 'is no text')
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text
}

function refused(code: ReplayErrorCode, file: string, problem: string, cause?: unknown): ReplayError {
  return new ReplayError(code, `${file} ${problem}. Accepted: ${ACCEPTED}.`, {
    setting: '--replay',
    file,
    cause,
  })
}
