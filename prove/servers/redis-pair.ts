import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { type EmbeddedRedis, findRedis, freePort, type RedisBinary, startRedis } from 'holdfast/embedded'

const PASSWORD = 'of-the-servers'
const SENTINEL_PASSWORD = 'of-the-sentinel'
const DOWN_AFTER_MS = 1_500
const GROUP = 'proof'

/** Sends a command to a server, over a connection of its own. @throws what Redis says, or that it does not answer */
export async function ask<Reply>(port: number, args: readonly string[], password = PASSWORD): Promise<Reply> {
  const client = createClient({
    socket: { host: '127.0.0.1', port, reconnectStrategy: false, connectTimeout: 1_000 },
    password,
    commandOptions: { timeout: 2_000 },
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await client.sendCommand<Reply>([...args])
  } finally {
    client.destroy()
  }
}

/** A field of INFO. */
export function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
}

/** A primary and a replica, and a Sentinel that watches over them. Their ports stay the same. */
export class RedisPair {
  readonly #binary: RedisBinary
  readonly #folder: string
  readonly #servers: EmbeddedRedis[]
  readonly #sentinel: ChildProcess
  readonly sentinelPort: number

  private constructor(
    binary: RedisBinary,
    folder: string,
    servers: EmbeddedRedis[],
    sentinel: ChildProcess,
    sentinelPort: number,
  ) {
    this.#binary = binary
    this.#folder = folder
    this.#servers = servers
    this.#sentinel = sentinel
    this.sentinelPort = sentinelPort
  }

  /** Resolves when a failover could succeed. `env` is for the servers. */
  static async start(folder: string, env: Readonly<Record<string, string>> = {}): Promise<RedisPair> {
    const found = await findRedis()
    const binary = { ...found, env: { ...found.env, ...env } }
    const primary = await startServer(binary, join(folder, 'redis-0'), undefined, undefined)
    const replica = await startServer(binary, join(folder, 'redis-1'), undefined, primary.port)
    const sentinelPort = await freePort()
    const dir = join(folder, 'sentinel')
    await mkdir(dir, { recursive: true })
    const file = join(dir, 'sentinel.conf')
    await writeFile(
      file,
      [
        'bind 127.0.0.1',
        `port ${sentinelPort}`,
        `dir ${dir}`,
        `logfile ${join(dir, 'sentinel.log')}`,
        `requirepass ${SENTINEL_PASSWORD}`,
        `sentinel monitor ${GROUP} 127.0.0.1 ${primary.port} 1`,
        `sentinel auth-pass ${GROUP} ${PASSWORD}`,
        `sentinel down-after-milliseconds ${GROUP} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${GROUP} 3000`,
      ].join('\n'),
    )
    const sentinel = spawn(binary.command, [file, '--sentinel'], {
      stdio: 'ignore',
      env: { ...process.env, ...found.env },
    })
    process.once('exit', () => sentinel.kill('SIGKILL'))
    const pair = new RedisPair(binary, folder, [primary, replica], sentinel, sentinelPort)
    await pair.whole(30_000)
    return pair
  }

  get ports(): readonly number[] {
    return this.#servers.map(({ port }) => port)
  }

  /** What `redisStore({ sentinel })` takes, with the Sentinel at `port`. */
  place(port: number = this.sentinelPort): {
    name: string
    nodes: { host: string; port: number }[]
    password: string
    sentinelPassword: string
  } {
    return {
      name: GROUP,
      nodes: [{ host: '127.0.0.1', port }],
      password: PASSWORD,
      sentinelPassword: SENTINEL_PASSWORD,
    }
  }

  /** The URL of the server that is the primary now. */
  async url(): Promise<string> {
    return `redis://:${PASSWORD}@127.0.0.1:${await this.primaryPort()}`
  }

  /** As the Sentinel sees it. */
  async primaryPort(): Promise<number> {
    const address = await ask<[string, string]>(
      this.sentinelPort,
      ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', GROUP],
      SENTINEL_PASSWORD,
    )
    return Number(address[1])
  }

  replicaPort(primaryPort: number): number {
    return this.ports.find((port) => port !== primaryPort) ?? 0
  }

  /** Resolves once there is a primary, with a replica in step, and the Sentinel knows it. */
  async whole(limitMs: number): Promise<void> {
    for (const endMs = performance.now() + limitMs; ;) {
      const primary = await this.primaryPort().catch(() => 0)
      const replica = await ask<string>(this.replicaPort(primary), ['INFO', 'replication']).catch(() => '')
      const view = await ask<Record<string, string> | string[]>(
        this.sentinelPort,
        ['SENTINEL', 'MASTER', GROUP],
        SENTINEL_PASSWORD,
      ).catch(() => [])
      const known = Array.isArray(view)
        ? Object.fromEntries(view.flatMap((key, at) => (at % 2 === 0 ? [[key, view[at + 1] ?? '']] : [])))
        : view
      if (
        infoField(replica, 'master_link_status') === 'up' &&
        infoField(replica, 'master_port') === String(primary) &&
        known['num-slaves'] === '1' &&
        known['flags'] === 'master'
      )
        return
      if (performance.now() > endMs) throw new Error(`Redis is not whole within ${limitMs} ms`)
      await wait(100)
    }
  }

  signal(port: number, signal: NodeJS.Signals): void {
    process.kill(this.#at(port).pid, signal)
  }

  /** Kills the server, and starts it with the data that it finds: `rdb`, or none. */
  async restart(port: number, rdb?: string): Promise<void> {
    const server = this.#at(port)
    process.kill(server.pid, 'SIGKILL')
    await server.stop()
    const dump = join(server.dir, 'dump.rdb')
    await rm(dump, { force: true })
    if (rdb !== undefined) await copyFile(rdb, dump)
    this.#servers.splice(
      this.#servers.indexOf(server),
      1,
      await startServer(this.#binary, server.dir, port, undefined),
    )
  }

  /** A copy of what the server holds now. Its path. */
  async snapshot(port: number): Promise<string> {
    await ask(port, ['SAVE'])
    const copy = join(this.#folder, `copy-${Math.round(performance.now())}.rdb`)
    await copyFile(join(this.#at(port).dir, 'dump.rdb'), copy)
    return copy
  }

  async stop(): Promise<void> {
    this.#sentinel.kill('SIGKILL')
    for (const { pid } of this.#servers) {
      process.kill(pid, 'SIGCONT')
      process.kill(pid, 'SIGKILL')
    }
    await Promise.all(this.#servers.map((server) => server.stop()))
  }

  #at(port: number): EmbeddedRedis {
    const server = this.#servers.find((one) => one.port === port)
    if (!server) throw new Error(`no Redis of ours at port ${port}`)
    return server
  }
}

function startServer(
  binary: RedisBinary,
  dir: string,
  port: number | undefined,
  primaryPort: number | undefined,
): Promise<EmbeddedRedis> {
  return startRedis({
    binary,
    dir,
    afterKill: 'stop',
    password: PASSWORD,
    ...(port !== undefined && { port }),
    config: {
      masterauth: PASSWORD,
      'repl-diskless-sync-delay': '0',
      'maxmemory-policy': 'volatile-lru',
      // The coldest of one: any.
      'maxmemory-samples': '1',
      ...(primaryPort !== undefined && { replicaof: `127.0.0.1 ${primaryPort}` }),
    },
  })
}
