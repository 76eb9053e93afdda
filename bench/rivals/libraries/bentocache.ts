import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Cluster, Redis } from 'ioredis'
import { type Library, unsupported, type Where } from '../port.ts'

/** Two tiers and a bus, as its documentation sets them up. */
export const bentocache: Library = {
  name: 'bentocache',
  package: 'bentocache',
  configuration:
    'memoryDriver (maxItems 10,000) + redisDriver + redisBusDriver with its retry queue, ttl 1h; grace 6h where stale ' +
    'while revalidate is asked for; ioredis 5 with commandTimeout 1 s, maxRetriesPerRequest 1',
  topologies: ['standalone', 'cluster'],
  lacks: { batch: 'it has no batch read' },
  async open({ where, namespace, source, tagOf, staleWhileRevalidate }) {
    const connection = connect(where)
    connection.on('error', () => undefined)
    const cache = new BentoCache({
      default: 'rows',
      prefix: namespace,
      ttl: '1h',
      ...(staleWhileRevalidate && { grace: '6h' }),
      stores: {
        rows: bentostore()
          .useL1Layer(memoryDriver({ maxItems: 10_000 }))
          .useL2Layer(redisDriver({ connection }))
          .useBus(redisBusDriver({ connection, retryQueue: { enabled: true } })),
      },
    })
    const tagsOf = (key: string): { tags?: string[] } => (tagOf ? { tags: [tagOf(key)] } : {})
    return {
      get: (key) => cache.getOrSet({ key, factory: () => source.load(key), ...tagsOf(key) }),
      getMany: unsupported,
      set: (key, value) => cache.set({ key, value, ...tagsOf(key) }),
      delete: async (key) => void (await cache.delete({ key })),
      deleteByTag: async (name) => void (await cache.deleteByTag({ tags: [name] })),
      clear: () => cache.clear(),
      close: () => cache.disconnectAll(),
    }
  },
}

function connect(where: Where): Redis | Cluster {
  const options = { commandTimeout: 1_000, maxRetriesPerRequest: 1 }
  if (where.topology === 'cluster') return new Cluster([...where.urls], { redisOptions: options })
  if (where.topology === 'standalone') return new Redis(where.url, options)
  return unsupported()
}
