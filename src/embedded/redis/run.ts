import type { Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import { freePort } from '../free-port.ts'
import { poll } from '../poll.ts'
import {
  adoptServer,
  launchServer,
  ServerDiedError,
  type ServerEnding,
  type ServerProcess,
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
  readonly ending: ServerEnding
  readonly onProgress: (line: string) => void
}

/** A server that is ready. */
export interface RunningInstance {
  readonly process: ServerProcess
  readonly instance: RedisInstance
  readonly reused: boolean
}

const MAX_PORTS = 5

/**
 * Reuses the server that runs on the folder, else starts one.
 *
 * @throws EmbeddedError when the port is taken, the server dies (with its last words) or time is up.
 */
export async function runRedis(options: RunOptions): Promise<RunningInstance> {
  const { clock, dir, password, config, timeoutMs, binary, onProgress } = options
  const endsAt = clock.now() + timeoutMs
  const running = await reuse(options)
  if (running) return running
  onProgress(`starting Redis ${binary.version} from ${binary.command}`)
  for (let portsTried = 1; ; portsTried++) {
    const port = options.port ?? (await freePort())
    const instance = { dir, port, password }
    await writeInstance(instance, config)
    try {
      const process = await launch(options, instance, endsAt - clock.now())
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
async function reuse({ clock, dir, timeoutMs, ending }: RunOptions): Promise<RunningInstance | undefined> {
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
  const process = adoptServer(clock, ending, settled.identity)
  return { process, instance: settled.instance, reused: true }
}

function launch(
  { clock, binary, ending }: RunOptions,
  instance: RedisInstance,
  timeoutMs: number,
): Promise<ServerProcess> {
  return launchServer(clock, {
    ...ending,
    command: binary.command,
    args: [configFile(instance.dir)],
    env: binary.env,
    logPath: logFile(instance.dir),
    timeoutMs,
    isReady: () => answersPing(clock, instance.port, instance.password),
  })
}
