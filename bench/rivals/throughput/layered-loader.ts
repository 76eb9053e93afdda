import { Redis } from 'ioredis-6'
import { Loader, RedisCache } from 'layered-loader'
import { type Rival, TTL_MS } from './rival.ts'

/** The entry itself is what is cached: `getMany` takes the key from the value. */
interface Keyed {
  readonly key: string
}

/** layered-loader, whose 16 asks for Node 22 and for ioredis 6. */
export const layeredLoader: Rival = {
  name: 'layered-loader',
  memory: {
    configuration: "new Loader({ inMemoryCache: { cacheType: 'lru-map', maxItems, ttlInMsecs } })",
    async open(entries) {
      const values = new Map(
        entries.map(({ key, value }) => [key, { ...(value as object), key } satisfies Keyed]),
      )
      const loader = new Loader<Keyed>({
        inMemoryCache: { cacheType: 'lru-map', maxItems: entries.length, ttlInMsecs: TTL_MS },
        cacheKeyFromValueResolver: ({ key }) => key,
        dataSourceGetOneFn: async (key) => values.get(key),
        dataSourceGetManyFn: async (keys) => keys.map((key) => values.get(key) as Keyed),
      })
      const keys = entries.map(({ key }) => key)
      const some = keys.slice(0, 100)
      await loader.getMany(keys)
      return {
        peek(count) {
          let found = 0
          for (let done = 0; done < count; done++)
            if (loader.getInMemoryOnly(keys[done % keys.length] as string)) found++
          if (found !== count) throw new Error(`${count - found} entries were not there`)
        },
        async get(count) {
          for (let done = 0; done < count; done++) await loader.get(keys[done % keys.length] as string)
        },
        async getMany(count) {
          for (let done = 0; done < count; done++) await loader.getMany(some)
        },
      }
    },
  },
  redis: {
    configuration:
      'new Loader({ inMemoryCache: false, asyncCache: new RedisCache(ioredis 6, { json, ttlInMsecs }) })',
    async open(url, entries) {
      const redis = new Redis(url)
      const values = new Map(
        entries.map(({ key, value }) => [key, { ...(value as object), key } satisfies Keyed]),
      )
      const loader = new Loader<Keyed>({
        inMemoryCache: false,
        asyncCache: new RedisCache<Keyed>(redis, { json: true, ttlInMsecs: TTL_MS, prefix: 'layered' }),
        cacheKeyFromValueResolver: ({ key }) => key,
        dataSourceGetOneFn: async (key) => values.get(key),
        dataSourceGetManyFn: async (keys) => keys.map((key) => values.get(key) as Keyed),
      })
      await loader.getMany(entries.map(({ key }) => key))
      return {
        get: (key) => loader.get(key),
        getMany: (keys) => loader.getMany([...keys]),
        close: () => redis.disconnect(),
      }
    },
  },
}
