import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisDriver } from 'bentocache/drivers/redis'
import { Redis } from 'ioredis'
import { type Rival, TTL_MS } from './rival.ts'

/** bentocache, on the ioredis 5 that it asks for. It reads many keys one by one. */
export const bentocache: Rival = {
  name: 'bentocache',
  memory: {
    configuration: 'bentostore().useL1Layer(memoryDriver({ maxItems, serialize: false }))',
    async open(entries) {
      const cache = new BentoCache({
        default: 'memory',
        stores: {
          memory: bentostore().useL1Layer(memoryDriver({ maxItems: entries.length, serialize: false })),
        },
        ttl: TTL_MS,
      })
      for (const { key, value } of entries) await cache.set({ key, value })
      const keys = entries.map(({ key }) => key)
      const some = keys.slice(0, 100)
      return {
        async get(count) {
          for (let done = 0; done < count; done++)
            await cache.get({ key: keys[done % keys.length] as string })
        },
        async getMany(count) {
          for (let done = 0; done < count; done++) await Promise.all(some.map((key) => cache.get({ key })))
        },
        close: () => cache.disconnectAll(),
      }
    },
  },
  redis: {
    configuration: 'bentostore().useL2Layer(redisDriver({ connection: ioredis 5 }))',
    async open(url, entries) {
      const connection = new Redis(url)
      const cache = new BentoCache({
        default: 'redis',
        stores: { redis: bentostore().useL2Layer(redisDriver({ connection })) },
        ttl: TTL_MS,
      })
      for (const { key, value } of entries) await cache.set({ key, value })
      return { get: (key) => cache.get({ key }), close: () => cache.disconnectAll() }
    },
  },
}
