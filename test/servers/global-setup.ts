import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedis, startPostgres, startRedis } from '../../src/embedded/index.ts'
import type { TestProject } from 'vitest/node'
import { startCluster, type TestCluster } from './cluster.ts'
import { startSentinel, type TestSentinel } from './sentinel.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string
    /** Three primaries, which nobody may stop or reshard. */
    cluster: TestCluster['options']
    /** A primary, a replica and one Sentinel, which nobody may stop. */
    sentinel: TestSentinel['options']
    postgresUrl: string
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/**
 * Real servers for the whole run: Redis alone, behind Sentinel and as a Cluster, and PostgreSQL. Each worker has its own
 * namespaces and databases there.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]

  // They get ready while PostgreSQL starts: whoever opens them waits for the rest.
  const groups = Promise.all([startCluster(), startSentinel(1)])

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
    const settings = {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_prepared_transactions: '4',
    }
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), settings, afterKill: 'stop' })
    stops.push(() => postgres.stop())
    say(`PostgreSQL: ${postgres.version}, from the npm package`)
    project.provide('postgresUrl', postgres.url)
  }

  const [cluster, sentinel] = await groups
  stops.push(cluster.stop, sentinel.stop)
  project.provide('cluster', cluster.options)
  project.provide('sentinel', sentinel.options)

  return async () => {
    for (const stop of stops.toReversed()) await stop()
  }
}
