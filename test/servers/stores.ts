import { memoryStore, type StoreFactory } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { freshRedis } from './redis.ts'

/** The stores that must behave alike, by name; each call makes one that nobody has used. */
export const stores: Readonly<Record<string, () => StoreFactory>> = {
  memory: () => memoryStore(),
  redis: () => redisStore(freshRedis()),
}
