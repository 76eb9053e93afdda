/** What caches over a database usually do. Each loses the race that it does not know of. */
import { setTimeout as wait } from 'node:timers/promises'
import type { StrongCounts } from 'holdfast'
import type pg from 'pg'
import { type Account, accountRow, groupRow } from '../bank.ts'
import type { Change, Client } from '../client.ts'
import type { WorkerOrder } from '../messages.ts'
import { pooledTruth } from '../pooled-truth.ts'
import { sendTo } from './mutants.ts'

/** A cache of texts under names. */
interface Cache {
  get(name: string): Promise<string | null>
  /** Of a reader, who loaded it. */
  fill(name: string, value: string): Promise<void>
}

/** What a naive design does around a write of accounts. */
export interface Naive {
  readonly before?: (names: readonly string[], send: Send) => Promise<void>
  readonly after: (values: ReadonlyMap<string, string>, send: Send) => Promise<void>
  readonly fill?: (name: string, value: string, send: Send) => Promise<void>
  /** Has a memory in each process, which is told of changes by pub/sub. */
  readonly hasMemory?: boolean
}

type Send = (args: readonly string[]) => Promise<unknown>

const KEEP_MS = '2000'
const set = (name: string, value: string, send: Send): Promise<unknown> =>
  send(['SET', name, value, 'PX', KEEP_MS])
const remove = async (names: Iterable<string>, send: Send): Promise<void> => {
  await send(['DEL', ...names])
}

const NEWER = `
  local raw = redis.call('GET', KEYS[1])
  if raw and cjson.decode(raw).version >= tonumber(ARGV[2]) then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  return 1`
const setNewer = async (name: string, value: string, send: Send): Promise<void> => {
  const { version } = JSON.parse(value) as Account
  await send(['EVAL', NEWER, '1', name, value, String(version), KEEP_MS])
}

/** All of them, by name. */
export const NAIVE: Readonly<Record<string, Naive>> = {
  'delete after commit': { after: (values, send) => remove(values.keys(), send) },
  'write-through SET': {
    async after(values, send) {
      for (const [name, value] of values) await set(name, value, send)
    },
  },
  'delayed double delete': {
    before: (names, send) => remove(names, send),
    async after(values, send) {
      const names = [...values.keys()]
      await remove(names, send)
      void wait(500).then(() => remove(names, send))
    },
  },
  'compare and set, fill on absent': {
    async after(values, send) {
      for (const [name, value] of values) await setNewer(name, value, send)
    },
    fill: setNewer,
  },
  'L1 with pub/sub': {
    hasMemory: true,
    async after(values, send) {
      await remove(values.keys(), send)
      for (const name of values.keys()) await send(['PUBLISH', 'changed', name])
    },
  },
}

/** Opens a naive design. */
export async function openNaive(
  { redis, namespace }: WorkerOrder,
  pool: pg.Pool,
  naive: Naive,
): Promise<Client> {
  if (!('url' in redis)) throw new Error('a naive design needs a Redis, not a Sentinel')
  const send = sendTo(redis)
  const truth = pooledTruth(pool)
  const counts: StrongCounts = {
    l2Hits: 0,
    misses: 0,
    ungated: 0,
    fenced: 0,
    loads: 0,
    loadFailures: 0,
    refusedFills: 0,
    healed: 0,
    badEntries: 0,
    storeFailures: 0,
  }
  const cache = naive.hasMemory === true ? await withMemory(redis.url, send) : inRedis(naive, send)
  const nameOf = (id: number): string => `${namespace}:account:${id}`
  const account = async (id: number): Promise<{ value: Account | null; tier: 'l2' | 'source' }> => {
    const known = await cache.get(nameOf(id))
    if (known !== null) {
      counts.l2Hits++
      return { value: JSON.parse(known) as Account, tier: 'l2' }
    }
    counts.misses++
    const value = await accountRow(pool, String(id))
    if (Math.random() < 0.3) await wait(Math.random() * 20)
    await cache.fill(nameOf(id), JSON.stringify(value))
    return { value, tier: 'source' }
  }
  return {
    account,
    // They promise nothing of what is derived.
    group: async (id) => ({ value: await groupRow(pool, String(id)), tier: 'source' }),
    accounts: async (ids) => Promise.all(ids.map(async (id) => (await account(id)).value)),
    async write({ accounts, isolation, body }: Change) {
      await naive.before?.(accounts.map(nameOf), send)
      const values = await truth.transaction(
        async (tx) => {
          await body(tx)
          const rows = new Map<string, string>()
          for (const id of accounts) rows.set(nameOf(id), JSON.stringify(await accountRow(tx, String(id))))
          return rows
        },
        { isolation },
      )
      await naive.after(values, send)
    },
    counts: () => ({ ...counts }),
    gate: () => undefined,
    close: async () => undefined,
  }
}

function inRedis({ fill }: Naive, send: Send): Cache {
  return {
    get: async (name) => (await send(['GET', name])) as string | null,
    async fill(name, value) {
      await (fill ? fill(name, value, send) : set(name, value, send))
    },
  }
}

async function withMemory(url: string, send: Send): Promise<Cache> {
  const { createClient } = await import('@redis/client')
  const memory = new Map<string, string>()
  const subscriber = createClient({ url }).on('error', () => undefined)
  await subscriber.connect()
  await subscriber.subscribe('changed', (name) => void memory.delete(name))
  return {
    async get(name) {
      const known = memory.get(name) ?? ((await send(['GET', name])) as string | null)
      if (known !== null) memory.set(name, known)
      return known
    },
    async fill(name, value) {
      await set(name, value, send)
      memory.set(name, value)
    },
  }
}
