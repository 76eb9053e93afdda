import { loadScript, type RedisCommands } from '../redis/commands.ts'
import { formatEntry, formatTail } from './entry.ts'
import type { EntryKeys } from './keys.ts'
import type { EntryStore } from './port.ts'
import { ReadBatch } from './read-batch.ts'

const FILL = loadScript(new URL('./fill.lua', import.meta.url))
const EXPIRE = loadScript(new URL('./expire.lua', import.meta.url))
const RELEASE = loadScript(new URL('./release.lua', import.meta.url))

/**
 * Entries as Redis strings.
 *
 * What a script changes, Redis reports to the script's own client too (the NOLOOP of client tracking does not see who
 * called it), and an L1 would forget what it has just been given. So a put is a transaction of plain commands, a
 * claim is one plain command, and only a fill, which must decide, is a script.
 */
export function redisEntries(redis: RedisCommands, keys: EntryKeys): EntryStore {
  const readMany = (each: readonly string[]): Promise<(string | null)[]> =>
    redis.send('readMany', ['MGET', ...each.map(keys.entry)])
  const reads = new ReadBatch(async (each) => {
    const [key] = each
    if (each.length > 1 || key === undefined) return readMany(each)
    return [await redis.send<string | null>('read', ['GET', keys.entry(key)])]
  })
  return {
    offsetMs: () => redis.serverOffsetMs(),
    read: (key) => reads.read(key),
    readMany,

    async claim(key, ticket, leaseMs) {
      const args = ['SET', keys.ticket(key), ticket, 'NX', 'PX', String(leaseMs)]
      return (await redis.send<'OK' | null>('claim', args)) === 'OK'
    },

    async fill(key, ticket, base, value, ageMs, keepMs) {
      const args = [ticket, base, String(Math.ceil(ageMs)), String(keepMs), formatTail(value)]
      return (await redis.run<number>(FILL, [keys.entry(key), keys.ticket(key)], args)) === 1
    },

    async release(key, ticket) {
      await redis.run<number>(RELEASE, [keys.ticket(key)], [ticket])
    },

    async put(key, token, value, keepMs) {
      // The birth is by this process's reading of the server's clock. When that clock has just been set, readers
      // see an age that is far off or below zero, and take neither for fresh.
      const entry = formatEntry(token, redis.serverNow(), value)
      await redis.transaction('put', [
        ['SET', keys.entry(key), entry, 'PX', String(keepMs)],
        ['DEL', keys.ticket(key)],
      ])
    },

    async expire(each, token) {
      const expired = await Promise.all(
        each.map((key) => redis.run<number>(EXPIRE, [keys.entry(key), keys.ticket(key)], [token])),
      )
      return expired.reduce((sum, one) => sum + one, 0)
    },

    async ensureMark(key, mark, keepMs) {
      const args = ['SET', keys.entry(key), mark, 'NX', 'GET', ...expiry(keepMs)]
      return (await redis.send<string | null>('ensureMark', args)) ?? mark
    },

    async putMark(key, mark, keepMs) {
      await redis.send('putMark', ['SET', keys.entry(key), mark, ...expiry(keepMs)])
    },

    async remove(each) {
      const counts = await redis.transaction<number>('remove', [
        ['DEL', ...each.map(keys.entry)],
        ['DEL', ...each.map(keys.ticket)],
      ])
      return counts[0] ?? 0
    },
  }
}

function expiry(keepMs: number | undefined): string[] {
  return keepMs === undefined ? [] : ['PX', String(keepMs)]
}
