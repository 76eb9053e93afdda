import { execFile, type ExecFileException } from 'node:child_process'

/** The user and group that a program runs as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** How a program ended. `failure` says why it did not succeed, in words for the operator. */
export interface ProgramResult {
  readonly stdout: string
  readonly failure?: string
}

/** What `runProgram` takes besides the command. */
export interface ProgramOptions {
  /** Default: the account of this process. Another one needs root. */
  readonly account?: Account | undefined
  /** The whole environment of the program. Default: only a path to the system's own tools. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: `/`, which every account can enter. */
  readonly cwd?: string
  /** It is killed after this long. Default: 10 s. */
  readonly timeoutMs?: number
}

/** The environment of everything that is started here: no locale or PG* variable of the caller changes it. */
export const PLAIN_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
  TZ: 'UTC',
}

/** Runs a short-lived program to its end. Never rejects: see `failure`. */
export function runProgram(
  command: string,
  args: readonly string[],
  { account, env = PLAIN_ENV, cwd = '/', timeoutMs = 10_000 }: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const options = { ...account, env: { ...env }, cwd, timeout: timeoutMs, killSignal: 'SIGKILL' as const }
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      if (!error) return resolve({ stdout })
      resolve({ stdout, failure: describe(error, stderr.trim() || stdout.trim(), timeoutMs) })
    }
    try {
      execFile(command, args, options, done)
    } catch (error) {
      // Node reports EACCES and the like of `execFile` by event, but a refused change of account is thrown.
      resolve({ stdout: '', failure: error instanceof Error ? error.message : String(error) })
    }
  })
}

function describe(error: ExecFileException, output: string, timeoutMs: number): string {
  if (error.killed) return `no end after ${timeoutMs} ms`
  if (typeof error.code === 'string') return error.message
  const ending = error.signal ? `ended by ${error.signal}` : `exit code ${error.code}`
  return output ? `${ending}: ${output.split('\n').slice(-15).join('\n')}` : ending
}
