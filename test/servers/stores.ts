import { memoryStore, type StoreFactory } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { inject } from 'vitest'
import { freshNamespace, freshRedis } from './redis.ts'

/** The stores that must behave alike, by name; each call makes one that nobody has used. */
export const stores: Readonly<Record<string, () => StoreFactory>> = {
  memory: () => memoryStore(),
  redis: () => redisStore(freshRedis()),
}

/** As above, with every way to run Redis. A Cluster holds no strong keyspaces. */
export const topologies: Readonly<Record<string, () => StoreFactory>> = {
  ...stores,
  sentinel: () => redisStore({ sentinel: inject('sentinel'), namespace: freshNamespace() }),
  cluster: () => redisStore({ cluster: inject('cluster'), namespace: freshNamespace() }),
}
