import type { Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import { freePort } from '../free-port.ts'
import { poll } from '../poll.ts'
import {
  adoptServer,
  launchServer,
  ServerDiedError,
  type ServerProcess,
  type StopStep,
} from '../server-process.ts'
import type { RedisBinary } from './binary.ts'
import { configFile, findInstance, logFile, writeInstance, type RedisInstance } from './instance.ts'
import { answersPing } from './ping.ts'

/** How to run a server on a folder that exists. */
export interface RunOptions {
  readonly clock: Clock
  readonly binary: RedisBinary
  readonly dir: string
  /** Default: free ones, until one works. */
  readonly port: number | undefined
  readonly password: string
  readonly config: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** A server that is ready. */
export interface RunningInstance {
  readonly process: ServerProcess
  readonly instance: RedisInstance
  readonly reused: boolean
}

const NAME = 'Redis'
const MAX_PORTS = 5

/** A polite end, at which it persists what it is told to persist, then a kill. */
const STOP_STEPS: readonly [StopStep, ...StopStep[]] = [
  { signal: 'SIGTERM', waitMs: 15_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
]

/**
 * Reuses the server that runs on the folder, else starts one.
 *
 * @throws EmbeddedError when the port is taken, the server dies (with its last words) or time is up.
 */
export async function runRedis(options: RunOptions): Promise<RunningInstance> {
  const { clock, dir, password, config, timeoutMs } = options
  const endsAt = clock.now() + timeoutMs
  const running = await reuse(clock, dir, timeoutMs)
  if (running) return running
  for (let portsTried = 1; ; portsTried++) {
    const port = options.port ?? (await freePort())
    const instance = { dir, port, password }
    await writeInstance(instance, config)
    try {
      const process = await launch(clock, options.binary, instance, endsAt - clock.now())
      return { process, instance, reused: false }
    } catch (error) {
      if (!(error instanceof ServerDiedError) || !error.log.includes('Address already in use')) throw error
      if (options.port !== undefined) throw portTaken(port, error)
      if (portsTried >= MAX_PORTS || clock.now() >= endsAt) throw error
    }
  }
}

function portTaken(port: number, cause: Error): EmbeddedError {
  return new EmbeddedError(
    `port ${port} is in use: choose another one with the option port, or leave it out.`,
    cause,
  )
}

/** One that still loads its data is awaited; one that ends meanwhile is let go. */
async function reuse(clock: Clock, dir: string, timeoutMs: number): Promise<RunningInstance | undefined> {
  let pid = 0
  const settled = await poll(clock, timeoutMs, async () => {
    const found = await findInstance(dir)
    if (!found) return 'none' as const
    pid = found.identity.pid
    const { port, password } = found.instance
    return (await answersPing(clock, port, password)) ? found : undefined
  })
  if (settled === undefined) {
    throw new EmbeddedError(
      `Redis (pid ${pid}) runs on ${dir}, but does not answer after ${timeoutMs} ms (timeoutMs): ` +
        `end it with \`kill ${pid}\`. Its log: ${logFile(dir)}`,
    )
  }
  if (settled === 'none') return undefined
  const process = adoptServer(clock, { name: NAME, stopSteps: STOP_STEPS }, settled.identity)
  return { process, instance: settled.instance, reused: true }
}

function launch(
  clock: Clock,
  binary: RedisBinary,
  instance: RedisInstance,
  timeoutMs: number,
): Promise<ServerProcess> {
  return launchServer(clock, {
    name: NAME,
    command: binary.command,
    args: [configFile(instance.dir)],
    env: binary.env,
    logPath: logFile(instance.dir),
    stopSteps: STOP_STEPS,
    timeoutMs,
    isReady: () => answersPing(clock, instance.port, instance.password),
  })
}
