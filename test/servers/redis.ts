import { type EmbeddedRedis, findRedis, startRedis } from 'holdfast/embedded'
import { inject } from 'vitest'

let namespaces = 0

/** A namespace that nobody used before. */
export function freshNamespace(): string {
  return `t${process.env.VITEST_POOL_ID ?? '0'}-${process.pid}-${namespaces++}`
}

/** The run's Redis, and a namespace that nobody used before. */
export function freshRedis(): { url: string; namespace: string } {
  return { url: inject('redisUrl'), namespace: freshNamespace() }
}

/** A Redis for one test file alone, which may flush, freeze and kill it. */
export async function privateRedis(config: Readonly<Record<string, string>> = {}): Promise<EmbeddedRedis> {
  return startRedis({ binary: await findRedis(), afterKill: 'stop', config })
}
