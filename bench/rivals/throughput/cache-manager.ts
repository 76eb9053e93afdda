import KeyvRedis from '@keyv/redis'
import { createCache } from 'cache-manager'
import { KeyvCacheableMemory } from 'cacheable'
import { Keyv } from 'keyv'
import { type Rival, TTL_MS } from './rival.ts'

/** cache-manager, on the stores that its documentation shows. */
export const cacheManager: Rival = {
  name: 'cache-manager',
  memory: {
    configuration:
      'createCache({ stores: [new Keyv({ store: new KeyvCacheableMemory({ ttl, lruSize }) })] })',
    async open(entries) {
      const store = new KeyvCacheableMemory({ ttl: TTL_MS, lruSize: entries.length })
      const cache = createCache({ stores: [new Keyv({ store })], ttl: TTL_MS })
      for (const { key, value } of entries) await cache.set(key, value)
      const keys = entries.map(({ key }) => key)
      const some = keys.slice(0, 100)
      return {
        async get(count) {
          for (let done = 0; done < count; done++) await cache.get(keys[done % keys.length] as string)
        },
        async getMany(count) {
          for (let done = 0; done < count; done++) await cache.mget(some)
        },
        close: () => cache.disconnect(),
      }
    },
  },
  redis: {
    configuration: 'createCache({ stores: [new Keyv({ store: new KeyvRedis(url) })] })',
    async open(url, entries) {
      const cache = createCache({ stores: [new Keyv({ store: new KeyvRedis(url) })], ttl: TTL_MS })
      for (const { key, value } of entries) await cache.set(key, value)
      return {
        get: (key) => cache.get(key),
        getMany: (keys) => cache.mget([...keys]),
        close: () => cache.disconnect(),
      }
    },
  },
}
