import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import type { LockStore } from './port.ts'

const ACQUIRE = loadScript(new URL('./acquire.lua', import.meta.url))
const RELEASE = loadScript(new URL('./release.lua', import.meta.url))

/** Longer than any step back of a server's clock: until then a token grows by counting, after it with the clock. */
const TOKEN_KEPT_MS = 7 * 86_400_000

/** Locks as Redis strings that hold their owner. `namespace` goes in front of every key. */
export function redisLocks(redis: RedisCommands, namespace: string): LockStore {
  // One slot of a Cluster for both: the token's key has the lock's hash tag, or the whole key as its own. A pattern's
  // literals cannot hold `~`, so no other key begins like this.
  const tokenKey = (key: string): string =>
    key.includes('{') ? `${namespace}~f:${key}` : `${namespace}~f:{${namespace}${key}}`
  return {
    async acquire(key, owner, leaseMs) {
      const args = [owner, String(leaseMs), String(TOKEN_KEPT_MS)]
      const token = await redis.run<string | null>(ACQUIRE, [namespace + key, tokenKey(key)], args)
      return token === null ? null : Number(token)
    },

    async release(key, owner) {
      return (await redis.run<number>(RELEASE, [namespace + key], [owner])) === 1
    },
  }
}
