import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedPostgres, startPostgres } from 'holdfast/embedded'
import type pg from 'pg'
import { createBank, openPool, type Shape } from './bank.ts'
import type { RedisPlace } from './messages.ts'
import { openWay, portsRewritten, type Way } from './servers/proxy.ts'
import { RedisPair } from './servers/redis-pair.ts'

/** Of all processes of a run. */
export const NAMESPACE = 'proof'

/** The ways of one worker to the servers, if they do not lead there directly. */
export interface Ways {
  readonly redis: readonly Way[]
  readonly postgres: Way
}

/** Real servers, and ways to them that can be troubled. */
export interface World {
  readonly folder: string
  readonly redis: RedisPair
  readonly pool: pg.Pool
  /** The ways, by the place of the worker. */
  readonly ways: readonly Ways[]
  databaseUrl(place: number): string
  redisPlace(place: number): RedisPlace
  /** A statement, as the operator. */
  sql(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** As `pg_ctl restart -m immediate` does it. */
  crashPostgres(): Promise<void>
  stopPostgres(): Promise<void>
  startPostgres(): Promise<void>
  readonly postgresFiles: string
  stop(): Promise<void>
}

/** Starts PostgreSQL, durable, with the tables; and a pair of Redis. The first `troubled` workers go through ways. */
export async function openWorld(
  shape: Shape,
  troubled: number,
  env: Readonly<Record<string, string>> = {},
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-prove-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const start = (port?: number): Promise<EmbeddedPostgres> =>
    startPostgres({
      dataDir: join(folder, 'postgres'),
      afterKill: 'stop',
      settings: { max_connections: '200', shared_buffers: '32MB' },
      ...(port !== undefined && { port }),
    })
  const [redis, first] = await Promise.all([RedisPair.start(folder, env), start()])
  let postgres = first
  const pool = openPool(postgres.url, 4)
  await createBank(pool, shape)
  const sentinels: Way[] = []
  const ways: Ways[] = []
  for (let place = 0; place < troubled; place++) {
    const toRedis = await Promise.all(redis.ports.map((port) => openWay(port)))
    const rewritten = new Map(redis.ports.map((port, index) => [port, toRedis[index]?.port ?? 0]))
    sentinels.push(await openWay(redis.sentinelPort, portsRewritten(rewritten)))
    ways.push({ redis: toRedis, postgres: await openWay(postgres.port) })
  }
  const restart = async (): Promise<void> => void (postgres = await start(postgres.port))
  return {
    folder,
    redis,
    pool,
    ways,
    databaseUrl(place) {
      const url = new URL(postgres.url)
      url.port = String(ways[place]?.postgres.port ?? postgres.port)
      return url.href
    },
    redisPlace: (place) => ({ sentinel: redis.place(sentinels[place]?.port) }),
    sql: async (statement) => (await pool.query(statement)).rows,
    async crashPostgres() {
      process.kill(postgres.pid, 'SIGQUIT')
      await postgres.stop()
      await restart()
    },
    stopPostgres: () => postgres.stop(),
    startPostgres: restart,
    get postgresFiles() {
      return postgres.dataDir
    },
    async stop() {
      await pool.end().catch(() => undefined)
      const all = [...sentinels, ...ways.flatMap(({ redis, postgres }) => [...redis, postgres])]
      await Promise.all(all.map((way) => way.close()))
      await Promise.all([redis.stop(), postgres.stop()])
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}
