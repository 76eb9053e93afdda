import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { systemClock } from '../../src/core/clock.ts'
import {
  type EmbeddedRedis,
  findRedis,
  freePort,
  type RedisBinary,
  type RedisOptions,
  startRedis,
} from '../../src/embedded/index.ts'
import { answersPing } from '../../src/embedded/redis/ping.ts'
import { launchServer } from '../../src/embedded/server-process.ts'
import { eventually } from './eventually.ts'

const PASSWORD = 'of-the-servers'
const SENTINEL_PASSWORD = 'of-the-sentinels'
const DOWN_AFTER_MS = 500

/** A primary, a replica, and Sentinels that watch over them, on 127.0.0.1. */
export interface TestSentinel {
  /** Both servers, as they run or ran last. */
  running(): readonly EmbeddedRedis[]
  /** What `redisStore({ sentinel })` takes. */
  readonly options: {
    readonly name: string
    readonly nodes: readonly { host: string; port: number }[]
    readonly password: string
    readonly sentinelPassword: string
  }
  /** The port of the primary, as the Sentinels see it. */
  primaryPort(): Promise<number>
  /** Starts a server of before again, on the same port, without data. */
  restart(server: EmbeddedRedis): Promise<void>
  stop(): Promise<void>
}

/** Starts them. Resolves once the Sentinels know each other and the replica, which is when a failover can succeed. */
export async function startSentinel(sentinels = 3): Promise<TestSentinel> {
  const binary = await findRedis()
  const config = { masterauth: PASSWORD, 'repl-diskless-sync-delay': '0' }
  const launch = (options: Partial<RedisOptions>): Promise<EmbeddedRedis> =>
    startRedis({
      binary,
      afterKill: 'stop',
      password: PASSWORD,
      ...options,
      config: { ...config, ...options.config },
    })
  const primary = await launch({})
  const replica = await launch({ config: { replicaof: `127.0.0.1 ${primary.port}` } })
  const watching = await Promise.all(
    Array.from({ length: sentinels }, () =>
      startOneSentinel(binary, primary.port, Math.floor(sentinels / 2) + 1),
    ),
  )
  const clis = await Promise.all(
    watching.map(({ port }) =>
      createClient({ socket: { host: '127.0.0.1', port }, password: SENTINEL_PASSWORD })
        .on('error', () => undefined)
        .connect(),
    ),
  )
  const asked = clis.map(
    (cli) => () => cli.sendCommand<Record<string, string>>(['SENTINEL', 'MASTER', 'ours']),
  )
  await eventually(async () => {
    const views = await Promise.all(asked.map((ask) => ask()))
    return views.every(
      (view) => view['num-slaves'] === '1' && view['num-other-sentinels'] === String(sentinels - 1),
    )
  }, 20_000)
  const servers = [primary, replica]
  return {
    running: () => servers,
    options: {
      name: 'ours',
      nodes: watching.map(({ port }) => ({ host: '127.0.0.1', port })),
      password: PASSWORD,
      sentinelPassword: SENTINEL_PASSWORD,
    },
    primaryPort: async () => Number((await asked[0]?.())?.['port']),
    async restart(server) {
      await server.stop()
      servers.splice(servers.indexOf(server), 1, await launch({ port: server.port }))
    },
    async stop() {
      for (const cli of clis) cli.destroy()
      await Promise.all([...watching, ...servers].map((server) => server.stop()))
    },
  }
}

async function startOneSentinel(
  binary: RedisBinary,
  primaryPort: number,
  quorum: number,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-sentinel-'))
  const port = await freePort()
  const file = join(dir, 'sentinel.conf')
  // Sentinels write what they learn into this file.
  await writeFile(
    file,
    [
      'bind 127.0.0.1',
      `port ${port}`,
      `dir ${dir}`,
      `requirepass ${SENTINEL_PASSWORD}`,
      `sentinel monitor ours 127.0.0.1 ${primaryPort} ${quorum}`,
      `sentinel auth-pass ours ${PASSWORD}`,
      `sentinel down-after-milliseconds ours ${DOWN_AFTER_MS}`,
      'sentinel failover-timeout ours 3000',
    ].join('\n'),
  )
  const server = await launchServer(systemClock, {
    name: 'Sentinel',
    command: binary.command,
    args: [file, '--sentinel'],
    env: binary.env,
    logPath: join(dir, 'sentinel.log'),
    timeoutMs: 10_000,
    stopSteps: [{ signal: 'SIGKILL', waitMs: 5_000 }],
    afterKill: 'stop',
    isReady: () => answersPing(systemClock, port, SENTINEL_PASSWORD),
  })
  return {
    port,
    stop: async () => {
      await server.stop()
      await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    },
  }
}
