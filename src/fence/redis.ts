import { StoreRefusedError, StoreUnavailableError } from '../core/errors.ts'
import { loadScript, type RedisCommands, type RedisVetting } from '../redis/commands.ts'
import { ReadBatch } from '../entry/read-batch.ts'
import { formatValue } from './entry.ts'
import type { FencePlace, Fences, FenceStore, KeptValue } from './port.ts'

const FILL = loadScript(new URL('./fill.lua', import.meta.url))
const FENCE = loadScript(new URL('./fence.lua', import.meta.url))
const APPLY = loadScript(new URL('./apply.lua', import.meta.url))
const SETTLE = loadScript(new URL('./settle.lua', import.meta.url))

// A pattern's literals cannot hold `~`, so no other key begins like this, and no key is named like the mark.
const STRONG = '~s:'
const MARK = '~mark'

const NO_VALUES: ReadonlyMap<string, KeptValue> = new Map()

/** Strong entries as Redis strings: `<namespace>:~s:<nonce>:<key>`. */
export function redisFences(redis: RedisCommands & RedisVetting, namespace: string): FenceStore {
  return {
    reach: 'shared',
    namespace,
    within: (place) => fencesWithin(redis, `${namespace}:${STRONG}${place.nonce}:`, place),
    server: () => redis.server(),
    vet: () => redis.vet(),
    watch: (listener) => redis.watch(listener),
  }
}

function fencesWithin(redis: RedisCommands & RedisVetting, prefix: string, place: FencePlace): Fences {
  /** Asked right before each command is sent: the connection may lead to another server than a moment ago. */
  const check = (): void => {
    const { run, problem } = redis.server()
    if (problem !== undefined)
      throw new StoreUnavailableError(`Redis cannot hold strong keyspaces: ${problem}`)
    if (run !== place.run)
      throw new StoreUnavailableError('the gate trusts another Redis than the one that is connected')
  }
  const entry = (key: string): string => {
    check()
    return prefix + key
  }
  const many =
    <Raw>(strings: 'text' | 'bytes') =>
    async (keys: readonly string[]): Promise<(Raw | null)[]> =>
      redis.send('readMany', ['MGET', ...keys.map(entry)], strings)
  // Reads of one turn leave together. None joins one that has left: its answer may be from before this call.
  const batch = <Raw>(strings: 'text' | 'bytes'): ReadBatch<Raw> =>
    new ReadBatch<Raw>(async (keys) => {
      const [key] = keys
      if (keys.length > 1 || key === undefined) return many<Raw>(strings)(keys)
      return [await redis.send<Raw | null>('read', ['GET', entry(key)], strings)]
    })
  const texts = batch<string>('text')
  const bytes = batch<Buffer>('bytes')
  /** Which of `keys` hold their value now. */
  const apply = async (
    keys: readonly string[],
    token: string,
    values: ReadonlyMap<string, KeptValue>,
  ): Promise<ReadonlySet<string>> => {
    const put = keys.filter((key) => values.has(key))
    if (put.length === 0) return new Set()
    const entries = put.flatMap((key) => {
      const { value, keepMs } = values.get(key) as KeptValue
      return [formatValue(value), String(keepMs)]
    })
    try {
      const stored = await redis.run<number[]>(APPLY, put.map(entry), [token, ...entries])
      return new Set(put.filter((_, index) => stored[index] === 1))
    } catch (error) {
      // A full server has no room for values; the fences must come down all the same.
      if (error instanceof StoreRefusedError) return new Set()
      throw error
    }
  }
  return {
    place,
    read: (key) => texts.read(key),
    readMany: many('text'),
    readBytes: (key) => bytes.read(key),
    readManyBytes: many('bytes'),

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
      await redis.run(FENCE, keys.map(entry), [token])
      // It may have been sent again, to the next server, because the first did not know the script.
      check()
    },

    async settle(keys, token, values = NO_VALUES) {
      const applied = await apply(keys, token, values)
      const left = keys.filter((key) => !applied.has(key))
      const settled = left.length > 0 ? await redis.run<number[]>(SETTLE, left.map(entry), [token]) : []
      const released = new Set(left.filter((_, index) => settled[index] === 1))
      return keys.map((key) => (applied.has(key) ? 'applied' : released.has(key) ? 'released' : 'gone'))
    },

    async mark() {
      await redis.send('mark', ['SET', entry(MARK), place.nonce])
    },

    async unmark() {
      await redis.send('mark', ['DEL', entry(MARK)])
    },

    isMarked: async () => (await redis.send<string | null>('mark', ['GET', entry(MARK)])) === place.nonce,
  }
}
