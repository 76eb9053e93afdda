import { createCache } from 'cache-manager'
import { createKeyv as createMemory } from 'cacheable'
import { type Library, unsupported } from '../port.ts'
import { KEYV_REDIS, keyvRedis } from './keyv-redis.ts'

/** Two tiers, as its documentation sets them up. */
export const cacheManager: Library = {
  name: 'cache-manager',
  package: 'cache-manager',
  configuration: `createCache with two stores: createKeyv of cacheable (lruSize 10,000) and ${KEYV_REDIS}; ttl 1h; wrap`,
  topologies: ['standalone', 'cluster'],
  lacks: {
    tags: 'it has no tags',
    batch: 'it has no batch read with a loader',
    'stale while revalidate': 'it refreshes ahead of the ttl, and serves nothing after it',
    'several nodes': 'it does not keep the memories of several nodes together',
  },
  async open({ where, namespace, source }) {
    const hourMs = 3_600_000
    const memory = createMemory({ ttl: hourMs, lruSize: 10_000 })
    const cache = createCache({ stores: [memory, await keyvRedis(where, namespace)], ttl: hourMs })
    return {
      get: (key) => cache.wrap(key, () => source.load(key)),
      getMany: unsupported,
      async set(key, value) {
        await cache.set(key, value)
        return true
      },
      delete: async (key) => void (await cache.del(key)),
      deleteByTag: unsupported,
      clear: async () => void (await cache.clear()),
      close: () => cache.disconnect(),
    }
  },
}
