import { createClient } from '@redis/client'
import { type Library, unsupported } from '../port.ts'

/** The client's own cache in front of GET. Its rows are those about memories of several nodes. */
export const nodeRedis: Library = {
  name: 'node-redis',
  package: '@redis/client',
  configuration: 'createClient({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 10,000 } }); JSON by hand',
  topologies: ['standalone'],
  lacks: {
    loader: 'it caches answers of Redis, and loads nothing',
    tags: 'it has no tags',
    batch: 'it has no batch read with a loader',
    'stale while revalidate': 'it has no ttl of values',
    clear: 'it clears its memory; what is in Redis is cleared by hand',
    cluster: 'its Cluster was not set up',
  },
  async open({ where, namespace }) {
    if (where.topology !== 'standalone') return unsupported()
    const client = createClient({
      url: where.url,
      RESP: 3,
      clientSideCache: { ttl: 0, maxEntries: 10_000, evictPolicy: 'LRU' },
    })
    client.on('error', () => undefined)
    await client.connect()
    const named = (key: string): string => `${namespace}:${key}`
    return {
      async get(key) {
        const text = await client.get(named(key))
        return text === null ? undefined : (JSON.parse(text) as unknown)
      },
      getMany: unsupported,
      set: async (key, value) => (await client.set(named(key), JSON.stringify(value))) === 'OK',
      delete: async (key) => void (await client.del(named(key))),
      deleteByTag: unsupported,
      clear: unsupported,
      close: async () => client.destroy(),
    }
  },
}
