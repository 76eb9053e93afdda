import { spawn, type ChildProcess } from 'node:child_process'
import type { Clock } from '../core/clock.ts'
import { EmbeddedError } from '../core/errors.ts'
import { onProcessExit } from './exit-guard.ts'
import { poll } from './poll.ts'
import { identify, isRunning, signalProcess, type ProcessIdentity } from './process-identity.ts'
import { PLAIN_ENV, type Account } from './run-program.ts'
import { openServerLog, type ServerLog } from './server-log.ts'
import { signalWhenWeAreGone } from './watchdog.ts'

/** A signal, and how long its effect may take before the next one is sent. */
export interface StopStep {
  readonly signal: NodeJS.Signals
  readonly waitMs: number
}

/** A server of ours that runs. */
export interface ServerProcess {
  readonly pid: number
  /** Ends it, politely first. Further calls share the outcome. Rejects with EmbeddedError when it will not end. */
  stop(): Promise<void>
}

/** What becomes of a server when a signal kills this process: kept for the next start, or stopped as well. */
export type AfterKill = 'keep' | 'stop'

/** How a server ends. */
export interface ServerEnding {
  /** What to call it in messages. */
  readonly name: string
  readonly stopSteps: readonly [StopStep, ...StopStep[]]
  readonly afterKill: AfterKill
}

/** How to start a server and how to tell that it is ready. */
export interface ServerLaunch extends ServerEnding {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly account?: Account | undefined
  readonly logPath: string
  readonly timeoutMs: number
  /** Asked every 20 ms until it says yes. */
  readonly isReady: (pid: number) => Promise<boolean>
}

/** A server ended before it was ready. `log` holds its last lines. */
export class ServerDiedError extends EmbeddedError {
  /** The last lines that the server wrote. */
  readonly log: string

  constructor(name: string, ending: string, log: string) {
    super(`${name} ended while starting (${ending}). Its last words:\n${log || '(none)'}`)
    this.log = log
  }
}

/**
 * Starts a server in a process group of its own, so that Ctrl-C in a terminal reaches only us and we can drain
 * before it goes. It ends with this process on any exit but a kill by signal; for that, see `AfterKill`.
 *
 * @throws ServerDiedError when it ends before it is ready; EmbeddedError when it cannot be spawned or is not ready
 * in time (it is stopped then).
 */
export async function launchServer(clock: Clock, launch: ServerLaunch): Promise<ServerProcess> {
  const log = await openServerLog(launch.logPath, launch.account)
  const child = await spawnDetached(launch, log)
  const pid = child.pid ?? 0
  const letGo = holdOn(pid, launch)
  child.once('exit', letGo)
  const identity = (await identify(pid)) ?? { pid, startedAt: 'ended at once' }
  const server = asServer(clock, launch, identity, letGo)
  const outcome = await poll(clock, launch.timeoutMs, async () => {
    if (hasEnded(child)) return 'died' as const
    return (await launch.isReady(pid)) ? ('ready' as const) : undefined
  }).catch((error: unknown) => ({ error }))
  if (outcome === 'ready') return server
  const ending = child.signalCode ?? `exit code ${child.exitCode}`
  await server.stop()
  if (typeof outcome === 'object') throw outcome.error
  if (outcome === 'died') throw new ServerDiedError(launch.name, ending, await log.tail())
  throw new EmbeddedError(
    `${launch.name} was not ready after ${launch.timeoutMs} ms (timeoutMs). Its last words:\n${await log.tail()}`,
  )
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Takes charge of a server that runs already: it can be stopped, and ends with this process. */
export function adoptServer(clock: Clock, ending: ServerEnding, identity: ProcessIdentity): ServerProcess {
  return asServer(clock, ending, identity, holdOn(identity.pid, ending))
}

function asServer(
  clock: Clock,
  { name, stopSteps }: ServerEnding,
  identity: ProcessIdentity,
  letGo: () => void,
): ServerProcess {
  let stopping: Promise<void> | undefined
  return {
    pid: identity.pid,
    stop: () => (stopping ??= stopProcess(clock, name, identity, stopSteps).then(letGo)),
  }
}

/** Ties the server's life to ours. Returns the way to untie it, for when it has ended. */
function holdOn(pid: number, { stopSteps: [{ signal }], afterKill }: ServerEnding): () => void {
  const atExit = onProcessExit(() => signalProcess(pid, signal))
  const atKill = afterKill === 'stop' ? signalWhenWeAreGone(pid, signal) : undefined
  return () => {
    atExit()
    atKill?.()
  }
}

async function stopProcess(
  clock: Clock,
  name: string,
  identity: ProcessIdentity,
  steps: readonly StopStep[],
): Promise<void> {
  const isGone = async (): Promise<true | undefined> => ((await isRunning(identity)) ? undefined : true)
  for (const { signal, waitMs } of steps) {
    if (await isGone()) return
    signalProcess(identity.pid, signal)
    if (await poll(clock, waitMs, isGone)) return
  }
  throw new EmbeddedError(
    `${name} (pid ${identity.pid}) does not stop: end it with \`kill -9 ${identity.pid}\`.`,
  )
}

/** The child inherits the log; our own handle on it is closed. */
async function spawnDetached(launch: ServerLaunch, log: ServerLog): Promise<ChildProcess> {
  try {
    return await spawnInto(log.handle.fd, launch)
  } finally {
    await log.handle.close()
  }
}

function spawnInto(output: number, launch: ServerLaunch): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new EmbeddedError(`${launch.name} cannot be started: ${error.message}`, error))
    }
    try {
      const child = spawn(launch.command, launch.args, {
        ...launch.account,
        env: { ...PLAIN_ENV, ...launch.env },
        cwd: '/',
        detached: true,
        stdio: ['ignore', output, output],
      })
      child.once('error', fail)
      child.once('spawn', () => {
        child.unref()
        resolve(child)
      })
    } catch (error) {
      fail(error as Error)
    }
  })
}
