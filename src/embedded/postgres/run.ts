import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import { freePort } from '../free-port.ts'
import { poll } from '../poll.ts'
import type { Account } from '../run-program.ts'
import {
  adoptServer,
  launchServer,
  ServerDiedError,
  type AfterKill,
  type ServerEnding,
  type ServerProcess,
} from '../server-process.ts'
import { disarmStaleNote, findPostmaster, readPostmasterNote, type Postmaster } from './postmaster.ts'

/** How to run a server on a data folder that exists. */
export interface RunOptions {
  readonly clock: Clock
  readonly dataDir: string
  readonly account: Account | undefined
  /** Default: free ones, until one works. */
  readonly port: number | undefined
  readonly settings: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly afterKill: AfterKill
  /** Gives the folder of the programs. Not asked when a server is reused. */
  readonly findPrograms: () => Promise<string>
}

/** A server that is ready. */
export interface RunningServer {
  readonly process: ServerProcess
  readonly port: number
  readonly reused: boolean
}

const NAME = 'PostgreSQL'
const MAX_PORTS = 5
const RETRY_AFTER_MS = 100

/** Fast shutdown, then immediate shutdown, after which the next start recovers. */
const STOP_STEPS: ServerEnding['stopSteps'] = [
  { signal: 'SIGINT', waitMs: 30_000 },
  { signal: 'SIGQUIT', waitMs: 10_000 },
]

/**
 * Reuses the server that runs on the folder, else starts one. The caller sees to it that nobody else starts one on
 * this folder at the same time.
 *
 * @throws EmbeddedError when the port is taken, the server dies (with its last words) or time is up.
 */
export async function runPostgres(options: RunOptions): Promise<RunningServer> {
  const { clock, dataDir, timeoutMs, afterKill } = options
  const endsAt = clock.now() + timeoutMs
  for (let portsTried = 1; ;) {
    const found = await findSettled(clock, dataDir, endsAt - clock.now())
    if (found) {
      const process = adoptServer(clock, { name: NAME, stopSteps: STOP_STEPS, afterKill }, found.identity)
      return { process, port: found.port, reused: true }
    }
    await disarmStaleNote(dataDir)
    const port = options.port ?? (await freePort())
    try {
      return { process: await launch(options, port, endsAt - clock.now()), port, reused: false }
    } catch (error) {
      if (!(error instanceof ServerDiedError) || clock.now() >= endsAt) throw error
      if (error.log.includes('Address already in use')) {
        if (options.port !== undefined) throw portTaken(port, error)
        if (portsTried++ >= MAX_PORTS) throw error
      } else if (error.log.includes('pre-existing shared memory block')) {
        // Children of a server that was killed are about to notice and to end.
        await poll(clock, RETRY_AFTER_MS, () => undefined)
      } else throw error
    }
  }
}

function portTaken(port: number, cause: Error): EmbeddedError {
  return new EmbeddedError(
    `port ${port} is in use: choose another one with the option port, or leave it out.`,
    cause,
  )
}

/** One that is starting is awaited; one that is stopping is let go. */
async function findSettled(
  clock: Clock,
  dataDir: string,
  timeoutMs: number,
): Promise<Postmaster | undefined> {
  let last: Postmaster | undefined
  const settled = await poll(clock, timeoutMs, async () => {
    last = await findPostmaster(dataDir)
    if (!last) return 'none' as const
    return last.ready ? last : undefined
  })
  if (settled === undefined) {
    throw new EmbeddedError(
      `PostgreSQL (pid ${last?.pid}) runs on ${dataDir}, but is neither ready nor gone after ${Math.round(timeoutMs)} ms ` +
        `(timeoutMs). Its log: ${logFile(dataDir)}`,
    )
  }
  return settled === 'none' ? undefined : settled
}

function logFile(dataDir: string): string {
  return join(dataDir, 'server.log')
}

async function launch(options: RunOptions, port: number, timeoutMs: number): Promise<ServerProcess> {
  const { clock, dataDir, account, settings, afterKill } = options
  const bin = await options.findPrograms()
  const parameters = {
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
  }
  return await launchServer(clock, {
    name: NAME,
    command: join(bin, 'postgres'),
    args: [
      ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      '-D',
      dataDir,
    ],
    account,
    logPath: logFile(dataDir),
    stopSteps: STOP_STEPS,
    afterKill,
    timeoutMs,
    async isReady(pid) {
      const note = await readPostmasterNote(dataDir)
      return note?.pid === pid && note.ready
    },
  })
}
