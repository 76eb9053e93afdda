import { StoreRefusedError, StoreUnavailableError } from '../core/errors.ts'
import { loadScript, type RedisCommands } from '../redis/commands.ts'
import { ReadBatch } from '../entry/read-batch.ts'
import { formatValue } from './entry.ts'
import type { FenceStore } from './port.ts'

const FILL = loadScript(new URL('./fill.lua', import.meta.url))
const FENCE = loadScript(new URL('./fence.lua', import.meta.url))
const APPLY = loadScript(new URL('./apply.lua', import.meta.url))
const SETTLE = loadScript(new URL('./settle.lua', import.meta.url))

// A pattern's literals cannot hold `~`, so no other key begins like this.
const STRONG = '~s:'

/**
 * Strong entries as Redis strings. Their names contain the run id of the server: one that comes back after a crash,
 * with old data or none, or another one in its place, knows none of them, and old values cannot be reached.
 */
export function redisFences(redis: RedisCommands, namespace: string): FenceStore {
  const name = (runId: string, key: string): string => `${namespace}${STRONG}${runId.slice(0, 16)}:${key}`
  const entry = (key: string): string => name(redis.runId(), key)
  const readMany = async (keys: readonly string[]): Promise<(string | null)[]> =>
    redis.send('readMany', ['MGET', ...keys.map(entry)])
  // Reads of one turn leave together. None joins one that has left: its answer may be from before this call.
  const reads = new ReadBatch(async (keys) => {
    const [key] = keys
    if (keys.length > 1 || key === undefined) return readMany(keys)
    return [await redis.send<string | null>('read', ['GET', entry(key)])]
  })
  const apply = async (key: string, args: readonly string[]): Promise<boolean> => {
    try {
      return (await redis.run<number>(APPLY, [entry(key)], args)) === 1
    } catch (error) {
      // A full server has no room for the value; the fence must come down all the same.
      if (error instanceof StoreRefusedError) return false
      throw error
    }
  }
  return {
    read: (key) => reads.read(key),
    readMany,

    lease: async (keys, lease, leaseMs) =>
      Promise.all(
        keys.map(async (key) => {
          const args = ['SET', entry(key), `L ${lease}`, 'NX', 'PX', String(leaseMs)]
          return (await redis.send<'OK' | null>('lease', args)) === 'OK'
        }),
      ),

    async fill(key, lease, value, keepMs) {
      const args = [lease, formatValue(value), String(keepMs)]
      return (await redis.run<number>(FILL, [entry(key)], args)) === 1
    },

    async fence(keys, token) {
      const runId = redis.runId()
      await Promise.all(keys.map((key) => redis.run(FENCE, [name(runId, key)], [token])))
      if (redis.runId() !== runId)
        throw new StoreUnavailableError('fence: Redis was restarted or replaced while the fence went up')
      return runId
    },

    async settle(key, token, value, keepMs = 1) {
      if (value && (await apply(key, [token, formatValue(value), String(keepMs)]))) return 'applied'
      return (await redis.run<number>(SETTLE, [entry(key)], [token])) === 1 ? 'released' : 'gone'
    },

    run: () => redis.runId(),
  }
}
