import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findRedis } from 'holdfast/embedded'

/** Moves the clock that a server reads. */
export interface FakeClock {
  /** The environment of a server whose clock it moves. */
  readonly env: Readonly<Record<string, string>>
  /** By so much from now on, as libfaketime writes it: `+3600s`. */
  move(by: string): Promise<void>
}

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib'].map(
  (folder) => `${folder}/faketime/libfaketimeMT.so.1`,
)
const LONGEST_START_MS = 3_000

/**
 * That of libfaketime. Undefined where it is not installed, or where Redis does not run with it: it never starts when
 * its allocator asks for the time before libfaketime is ready.
 */
export async function findFakeClock(): Promise<FakeClock | undefined> {
  const library = LIBRARIES.find((path) => existsSync(path))
  if (library === undefined) return undefined
  const file = join(tmpdir(), `holdfast-faketime-${process.pid}`)
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  const move = (by: string): Promise<void> => writeFile(file, by)
  await move('+0s')
  const redis = await findRedis()
  const isUsable = await promisify(execFile)(redis.command, ['--version'], {
    env: { ...redis.env, ...env },
    timeout: LONGEST_START_MS,
    killSignal: 'SIGKILL',
  }).then(
    () => true,
    () => false,
  )
  return isUsable ? { env, move } : undefined
}
