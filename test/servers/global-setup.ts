import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedis, startPostgres, startRedis } from '../../src/embedded/index.ts'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string
    postgresUrl: string
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Real servers for the whole run: one Redis, one PostgreSQL. Each worker has its own namespace and database there. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]

  const { REDIS_URL, DATABASE_URL } = process.env
  if (REDIS_URL) {
    say(`Redis: REDIS_URL`)
    project.provide('redisUrl', REDIS_URL)
  } else {
    const binary = await findRedis({ onProgress: say })
    const redis = await startRedis({ binary, afterKill: 'stop' })
    stops.push(() => redis.stop())
    say(`Redis: ${binary.version}, found by ${binary.how}: ${binary.command}`)
    project.provide('redisUrl', redis.url)
  }

  if (DATABASE_URL) {
    say(`PostgreSQL: DATABASE_URL`)
    project.provide('postgresUrl', DATABASE_URL)
  } else {
    const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), settings, afterKill: 'stop' })
    stops.push(() => postgres.stop())
    say(`PostgreSQL: ${postgres.version}, from the npm package`)
    project.provide('postgresUrl', postgres.url)
  }

  return async () => {
    for (const stop of stops.toReversed()) await stop()
  }
}
