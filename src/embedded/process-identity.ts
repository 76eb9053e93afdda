import { readFile } from 'node:fs/promises'
import { runProgram } from './run-program.ts'

/**
 * One run of one process. The operating system hands a pid on to a stranger sooner or later, so a recorded pid
 * alone says nothing; together with the moment its process started it names one process for good.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque: two processes with one pid differ in it. */
  readonly startedAt: string
}

/** Who runs under `pid` now; `undefined` when nobody does. A zombie is nobody: it can hold nothing. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  const startedAt = process.platform === 'linux' ? await startOnLinux(pid) : await startByPs(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** Whether that very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid)
  return now?.startedAt === identity.startedAt
}

/** Program and arguments of a process, joined by spaces; `undefined` when it is gone or not ours to see. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
    return text?.split('\0').join(' ').trim()
  }
  const listed = await runProgram('ps', ['-ww', '-o', 'command=', '-p', String(pid)])
  return listed.failure === undefined ? listed.stdout.trim() : undefined
}

/** Sends `signal`; a process that is gone by now is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** proc_pid_stat(5): the third field is the state, the 22nd the start in ticks since boot. */
async function startOnLinux(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  const ticks = fields[19]
  if (ticks === undefined || state === 'Z' || state === 'X') return undefined
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return `${boot.trim()}:${ticks}`
}

async function startByPs(pid: number): Promise<string | undefined> {
  const listed = await runProgram('ps', ['-o', 'stat=,lstart=', '-p', String(pid)])
  const match = /^(\S+)\s+(.+)$/.exec(listed.stdout.trim())
  if (listed.failure !== undefined || !match || match[1]?.startsWith('Z')) return undefined
  return match[2]
}
