import KeyvRedis from '@keyv/redis'
import { Cacheable } from 'cacheable'
import { type Rival, TTL_MS } from './rival.ts'

/** cacheable. */
export const cacheable: Rival = {
  name: 'cacheable',
  memory: {
    configuration: 'new Cacheable({ ttl }), its own memory as the primary',
    async open(entries) {
      const cache = new Cacheable({ ttl: TTL_MS })
      for (const { key, value } of entries) await cache.set(key, value)
      const keys = entries.map(({ key }) => key)
      const some = keys.slice(0, 100)
      return {
        async get(count) {
          for (let done = 0; done < count; done++) await cache.get(keys[done % keys.length] as string)
        },
        async getMany(count) {
          for (let done = 0; done < count; done++) await cache.getMany(some)
        },
        close: () => cache.disconnect(),
      }
    },
  },
  redis: {
    configuration: 'new Cacheable({ primary: new KeyvRedis(url), ttl })',
    async open(url, entries) {
      const cache = new Cacheable({ primary: new KeyvRedis(url), ttl: TTL_MS })
      for (const { key, value } of entries) await cache.set(key, value)
      return {
        get: (key) => cache.get(key),
        getMany: (keys) => cache.getMany([...keys]),
        close: () => cache.disconnect(),
      }
    },
  },
}
