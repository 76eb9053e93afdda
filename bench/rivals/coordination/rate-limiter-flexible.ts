import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'

/** A limiter of a rival, whose limit nobody reaches. */
export interface RivalLimiter {
  readonly name: string
  readonly configuration: string
  open(
    url: string,
    rate: { readonly points: number; readonly seconds: number },
  ): Promise<{ take(key: string): Promise<unknown>; close(): unknown }>
}

/** rate-limiter-flexible on both clients that its documentation names. It counts fixed windows, what is denied included. */
export const rateLimiterFlexible: readonly RivalLimiter[] = [
  {
    name: 'rate-limiter-flexible on ioredis',
    configuration: 'new RateLimiterRedis({ storeClient: new Redis(url, { enableOfflineQueue: false }) })',
    async open(url, { points, seconds: duration }) {
      const storeClient = new Redis(url, { enableOfflineQueue: false, lazyConnect: true })
      await storeClient.connect()
      const limiter = new RateLimiterRedis({ storeClient, points, duration, keyPrefix: 'flexible' })
      return { take: (key) => limiter.consume(key), close: () => storeClient.disconnect() }
    },
  },
  {
    name: 'rate-limiter-flexible on node-redis',
    configuration: 'new RateLimiterRedis({ storeClient: createClient({ url }), useRedisPackage: true })',
    async open(url, { points, seconds: duration }) {
      const storeClient = createClient({ url, disableOfflineQueue: true, commandOptions: { timeout: 0 } })
      await storeClient.connect()
      const limiter = new RateLimiterRedis({
        storeClient,
        points,
        duration,
        keyPrefix: 'flexible-node',
        useRedisPackage: true,
      })
      return { take: (key) => limiter.consume(key), close: () => storeClient.destroy() }
    },
  },
]
