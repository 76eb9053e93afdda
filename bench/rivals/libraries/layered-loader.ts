import { Cluster, Redis } from 'ioredis-6'
import { createNotificationPair, Loader, RedisCache } from 'layered-loader'
import { type Library, unsupported, type Where } from '../port.ts'
import { versionedId } from '../rows-of-truth.ts'

const HOUR_MS = 3_600_000

/** Two tiers and notifications, as its documentation sets them up. */
export const layeredLoader: Library = {
  name: 'layered-loader',
  package: 'layered-loader',
  configuration:
    'Loader: inMemoryCache lru-map of 10,000 + RedisCache (json, ttl 1h) + createNotificationPair; ioredis 6 with ' +
    'commandTimeout 1 s, maxRetriesPerRequest 1; it asks for Node 22, and runs on 20',
  topologies: ['standalone', 'cluster'],
  lacks: {
    tags: 'it has no tags (a group is part of the key)',
    'stale while revalidate': 'it refreshes ahead of the ttl, and serves nothing after it',
  },
  async open({ where, namespace, source }) {
    const [store, publisherRedis, consumerRedis] = [connect(where), connect(where), connect(where)]
    for (const client of [store, publisherRedis, consumerRedis]) client.on('error', () => undefined)
    const { publisher, consumer } = createNotificationPair<unknown>({
      channel: namespace,
      publisherRedis,
      consumerRedis,
      errorHandler: () => undefined,
    })
    const loader = new Loader<unknown>({
      logger: { error: () => undefined },
      inMemoryCache: { cacheType: 'lru-map', ttlInMsecs: HOUR_MS, maxItems: 10_000 },
      asyncCache: new RedisCache<unknown>(store, { json: true, prefix: namespace, ttlInMsecs: HOUR_MS }),
      notificationConsumer: consumer,
      notificationPublisher: publisher,
      cacheKeyFromValueResolver: versionedId,
      dataSourceGetOneFn: (key) => source.load(key),
      dataSourceGetManyFn: (keys) => source.loadMany(keys),
    })
    await loader.init()
    return {
      get: (key) => loader.get(key),
      getMany: (keys) => loader.getMany([...keys]),
      async set(key, value) {
        await loader.forceSetValue(key, value)
        return true
      },
      delete: (key) => loader.invalidateCacheFor(key),
      deleteByTag: unsupported,
      clear: () => loader.invalidateCache(),
      async close() {
        await loader.close()
        store.disconnect()
      },
    }
  },
}

function connect(where: Where): Redis | Cluster {
  const options = { commandTimeout: 1_000, maxRetriesPerRequest: 1 }
  if (where.topology === 'cluster') return new Cluster([...where.urls], { redisOptions: options })
  if (where.topology === 'standalone') return new Redis(where.url, options)
  return unsupported()
}
