import { LRUCache } from 'lru-cache'
import { type Rival, TTL_MS } from './rival.ts'

/** lru-cache: the memory alone, without any of what a cache of several processes needs. */
export const lruCache: Rival = {
  name: 'lru-cache',
  memory: {
    configuration: 'new LRUCache({ max, ttl })',
    async open(entries) {
      const cache = new LRUCache<string, object>({ max: entries.length, ttl: TTL_MS })
      for (const { key, value } of entries) cache.set(key, value as object)
      const keys = entries.map(({ key }) => key)
      const some = keys.slice(0, 100)
      return {
        peek(count) {
          let found = 0
          for (let done = 0; done < count; done++) if (cache.get(keys[done % keys.length] as string)) found++
          if (found !== count) throw new Error(`${count - found} entries were not there`)
        },
        async get(count) {
          for (let done = 0; done < count; done++)
            await Promise.resolve(cache.get(keys[done % keys.length] as string))
        },
        async getMany(count) {
          for (let done = 0; done < count; done++) await Promise.resolve(some.map((key) => cache.get(key)))
        },
      }
    },
  },
}
