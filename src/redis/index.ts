/** Redis as the store. Needs the peer dependency `@redis/client`. */
export type { NodeAddress } from './node.ts'
export type { AddressMap, ClusterOptions, SentinelOptions, Topology } from './options.ts'
export { redisStore, type RedisStoreOptions } from './store.ts'
