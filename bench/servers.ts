import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { findRedis, startPostgres, startRedis } from 'holdfast/embedded'

/** The private servers of one run. */
export interface Servers {
  readonly urls: { readonly redisUrl: string; readonly postgresUrl: string }
  readonly redisVersion: string
  /** Undefined when no row asked for it. */
  readonly postgresVersion: string | undefined
  /** Empties Redis: each row begins alike. */
  flushRedis(): Promise<void>
  stop(): Promise<void>
}

/** Starts a Redis, and a PostgreSQL if wanted: durable as it comes, `fsync` on. */
export async function startServers(
  withPostgres: boolean,
  onProgress: (line: string) => void,
): Promise<Servers> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each()
  }
  try {
    const binary = await findRedis({ onProgress })
    const redis = await startRedis({ binary, afterKill: 'stop' })
    stops.push(() => redis.stop())
    let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined
    if (withPostgres) {
      const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
      stops.push(() => rm(folder, { recursive: true, force: true }))
      postgres = await startPostgres({ dataDir: join(folder, 'postgres'), afterKill: 'stop', onProgress })
      stops.push(postgres.stop)
    }
    return {
      urls: { redisUrl: redis.url, postgresUrl: postgres?.url ?? '' },
      redisVersion: binary.version,
      postgresVersion: postgres?.version,
      async flushRedis() {
        const client = createClient({ url: redis.url })
        await client.connect()
        await client.flushAll()
        client.destroy()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
