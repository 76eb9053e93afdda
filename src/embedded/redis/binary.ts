import type { Environment } from '../cache-directory.ts'
import { PLAIN_ENV, runProgram } from '../run-program.ts'

/** A Redis or Valkey server program that was run once and works. */
export interface RedisBinary {
  /** Its full path. */
  readonly command: string
  /** What its environment needs besides, for example LD_LIBRARY_PATH. */
  readonly env: Readonly<Record<string, string>>
  /** Where it is from: installed, fetched by an earlier run, or fetched now. */
  readonly how: 'path' | 'cache' | 'debian-package'
  /** For example `7.0.15`. */
  readonly version: string
}

/** Older servers lack RESP3 and invalidation pushes. */
const OLDEST_MAJOR = 6

/** Runs `command --version`. Returns the binary, or why it cannot be used. */
export async function tryRedis(candidate: Omit<RedisBinary, 'version'>): Promise<RedisBinary | string> {
  const env: Environment = { ...PLAIN_ENV, ...candidate.env }
  const { stdout, failure } = await runProgram(candidate.command, ['--version'], { env })
  if (failure !== undefined) return `${candidate.command} does not run: ${failure}`
  const version = /\bv=(\d+)\.(\d+)\.(\d+)/.exec(stdout)
  if (!version) return `${candidate.command} names no version: ${stdout.trim().slice(0, 200)}`
  if (Number(version[1]) < OLDEST_MAJOR)
    return `${candidate.command} is ${version[0].slice(2)}, ${OLDEST_MAJOR} is needed`
  return { ...candidate, version: version[0].slice(2) }
}
