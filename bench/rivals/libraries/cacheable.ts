import { RedisMessageProvider } from '@qified/redis'
import { Cacheable } from 'cacheable'
import { type Library, unsupported, type Where } from '../port.ts'
import { KEYV_REDIS, keyvRedis } from './keyv-redis.ts'

/** Two tiers, CacheableSync and tags, as its documentation sets them up. */
export const cacheable: Library = {
  name: 'cacheable',
  package: 'cacheable',
  configuration:
    `its memory + ${KEYV_REDIS} + sync by @qified/redis, ttl 1h, getOrSet with throwErrors; ` +
    'tags: true where tags are asked for, with get, else load and set, because getOrSet takes no tags',
  topologies: ['standalone', 'cluster'],
  lacks: {
    batch: 'it has no batch read with a loader',
    'stale while revalidate': 'it serves nothing after the ttl',
  },
  async open({ where, namespace, source, tagOf }) {
    const provider = new RedisMessageProvider({ uri: anyUrl(where) })
    // It listens to no errors of its clients, and a lost connection would end the process.
    for (const client of [provider['pub'], provider['sub']]) client.on('error', () => undefined)
    const cache = new Cacheable({
      secondary: await keyvRedis(where, namespace),
      namespace,
      ttl: '1h',
      sync: { qified: provider },
      tags: tagOf !== undefined,
    })
    cache.on('error', () => undefined)
    const load = (key: string): Promise<unknown> => source.load(key)
    return {
      async get(key) {
        if (!tagOf) return cache.getOrSet(key, () => load(key), { throwErrors: true })
        const found = await cache.get(key)
        if (found !== undefined) return found
        const value = await load(key)
        await cache.set(key, value, { tags: [tagOf(key)] })
        return value
      },
      getMany: unsupported,
      set: (key, value) => cache.set(key, value),
      delete: async (key) => void (await cache.delete(key)),
      deleteByTag: async (name) => void (await cache.tags.invalidateTag(name)),
      clear: () => cache.clear(),
      close: () => cache.disconnect(),
    }
  },
}

/** Pub/sub of a Cluster reaches every node from any. */
function anyUrl(where: Where): string {
  const url =
    where.topology === 'cluster' ? where.urls[0] : where.topology === 'standalone' ? where.url : undefined
  return url ?? unsupported()
}
