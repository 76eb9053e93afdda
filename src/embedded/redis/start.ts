import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { systemClock, type Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import { onProcessExit } from '../exit-guard.ts'
import type { AfterKill, ServerEnding } from '../server-process.ts'
import { withStartLock } from '../start-lock.ts'
import type { RedisBinary } from './binary.ts'
import { assertRedisSettings } from './instance.ts'
import { runRedis } from './run.ts'

/** How to start a private Redis. */
export interface RedisOptions {
  /** From `findRedis`. */
  readonly binary: RedisBinary
  /** Where its files live; a server that outlived its process is reused. Default: a new folder, removed by `stop`. */
  readonly dir?: string
  /** Default: a free one. A server that still runs and is reused keeps its own. */
  readonly port?: number
  /** Letters, digits, `-` and `_`. Default: a random one; an empty text asks for none. */
  readonly password?: string
  /** Directives of redis.conf: `{ appendonly: 'yes' }`. Nothing is persisted and nothing evicted unless told. */
  readonly config?: Readonly<Record<string, string>>
  /** Called with a line for the operator when a server is started; one that is reused is not. */
  readonly onProgress?: (line: string) => void
  /** How long until it must be ready, loading its data included. Default: 30,000. */
  readonly timeoutMs?: number
  /** When a signal kills this process, keep the server for the next start, or stop it. Without `dir`: always stop. */
  readonly afterKill?: AfterKill
  readonly clock?: Clock
}

/** A Redis of ours on 127.0.0.1. */
export interface EmbeddedRedis {
  /** `redis://:password@127.0.0.1:port`. The password is not for logs. */
  readonly url: string
  readonly port: number
  readonly password: string
  readonly pid: number
  /** Where its files are, links resolved. */
  readonly dir: string
  /** It still ran for an earlier process, and has the port, password and configuration of then. */
  readonly reused: boolean
  /** Ends it; what `config` persists is safe by then. Rejects with EmbeddedError if it still runs after 20 s. */
  stop(): Promise<void>
}

const DEFAULT_CONFIG: Readonly<Record<string, string>> = {
  'protected-mode': 'yes',
  'maxmemory-policy': 'noeviction',
  appendonly: 'no',
  save: '',
}

/** A polite end, at which it persists what it is told to persist, then a kill. */
const STOP_STEPS: ServerEnding['stopSteps'] = [
  { signal: 'SIGTERM', waitMs: 15_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
]

/** One whose folder goes with it has nothing to save, and shall not insist on saving. */
const KILL: ServerEnding['stopSteps'] = [{ signal: 'SIGKILL', waitMs: 5_000 }]

/**
 * Starts a private Redis on 127.0.0.1, or reuses the one that outlived a killed process on the same folder. It ends
 * with this process on any exit but a kill by signal: call `stop` on SIGINT and SIGTERM.
 *
 * @throws EmbeddedError that names the option at fault and what to do, with the server's last words if it died.
 */
export async function startRedis(options: RedisOptions): Promise<EmbeddedRedis> {
  const { clock = systemClock, timeoutMs = 30_000, binary, onProgress = () => {} } = options
  // Not from `Random`, whose tokens are unique but no secret.
  const password = options.password ?? randomBytes(24).toString('base64url')
  const config = { ...DEFAULT_CONFIG, ...options.config }
  assertRedisSettings(password, config)
  const ending: ServerEnding =
    options.dir === undefined
      ? { name: 'Redis', stopSteps: KILL, afterKill: 'stop' }
      : { name: 'Redis', stopSteps: STOP_STEPS, afterKill: options.afterKill ?? 'keep' }
  const folder = await openFolder(options.dir)
  try {
    const { dir } = folder
    const { port } = options
    const lock = { clock, path: join(dir, 'starting'), subject: `dir ${dir}`, timeoutMs }
    const server = await withStartLock(lock, () =>
      runRedis({ clock, binary, dir, port, password, config, timeoutMs, ending, onProgress }),
    )
    const { instance, reused } = server
    return {
      url: `redis://${instance.password && `:${instance.password}@`}127.0.0.1:${instance.port}`,
      port: instance.port,
      password: instance.password,
      pid: server.process.pid,
      dir,
      reused,
      stop: () => server.process.stop().then(folder.close),
    }
  } catch (error) {
    folder.close()
    if (error instanceof EmbeddedError) throw error
    throw new EmbeddedError(
      `dir ${folder.dir} cannot be used: ${String(error)}. Choose another one with dir.`,
      error,
    )
  }
}

/** `close` removes a folder that was made for this instance alone. */
async function openFolder(wanted: string | undefined): Promise<{ dir: string; close: () => void }> {
  if (wanted === undefined) {
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-redis-')))
    const remove = (): void => rmSync(dir, { recursive: true, force: true })
    const callOff = onProcessExit(remove)
    return { dir, close: () => (remove(), callOff()) }
  }
  const dir = resolve(wanted)
  try {
    // Redis makes its files readable to all; sessions and the like are in them.
    await mkdir(dir, { recursive: true, mode: 0o700 })
    return { dir: await realpath(dir), close: () => {} }
  } catch (error) {
    throw new EmbeddedError(
      `dir ${dir} cannot be made: ${String(error)}. Choose another one with dir.`,
      error,
    )
  }
}
