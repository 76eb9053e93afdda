/** Redis as the store. Needs the peer dependency `@redis/client`. */
export { redisStore, type RedisStoreOptions } from './store.ts'
