import { BARE_CONFIGURATION, bareClient, type BareClient } from '../bare-client.ts'
import { concurrently, type Work } from '../measure.ts'
import { RIVALS } from '../rivals/throughput/index.ts'
import type { RedisCache } from '../rivals/throughput/rival.ts'
import type { Row } from '../row.ts'
import { idsUpTo, keysUpTo, openQuotes, quoteOf } from './quotes.ts'
import { rivalry, type Side } from './rivalry.ts'

const KEYS = 1_000

const keys = keysUpTo(KEYS)
const ids = idsUpTo(KEYS)

/** The bare client and JSON.parse: what no cache on it can be faster than. */
function bareSide(url: string, what: string, workOn: (client: BareClient) => Work): Side {
  return {
    name: `node-redis ${what}`,
    configuration: BARE_CONFIGURATION,
    async open() {
      const client = await bareClient(url)
      await Promise.all(
        keys.map((key, index) => client.set(`bare:${key}`, JSON.stringify(quoteOf(String(index))))),
      )
      return { work: workOn(client), close: () => client.destroy() }
    },
  }
}

function rivalSides(url: string, workOn: (cache: RedisCache) => Work | undefined): Side[] {
  const entries = keys.map((key, index) => ({ key, value: quoteOf(String(index)) }))
  return RIVALS.flatMap(({ name, redis }): Side[] => {
    if (!redis) return []
    const open: Side['open'] = async () => {
      const cache = await redis.open(url, entries)
      return { work: workOn(cache), close: () => cache.close() }
    }
    return [{ name, configuration: redis.configuration, open }]
  })
}

const RIVAL_NAMES = RIVALS.flatMap(({ name, redis }) => (redis ? [name] : []))

const get: Row = {
  row: 'l2.get',
  about: 'hits in Redis, 500 B, 100 calls at a time',
  run({ redisUrl }) {
    const ours: Side = {
      name: 'holdfast',
      configuration: 'redisStore, no l1',
      async open() {
        const { quote, close } = await openQuotes(redisUrl, KEYS)
        const work = concurrently(100, (index) => quote.get(ids[index % KEYS] as { id: string }))
        return { work, close }
      },
    }
    const bare = bareSide(redisUrl, 'GET + JSON.parse', (client) =>
      concurrently(
        100,
        async (index) => JSON.parse((await client.get(`bare:${keys[index % KEYS]}`)) ?? '') as unknown,
      ),
    )
    const rivals = rivalSides(redisUrl, (cache) =>
      concurrently(100, (index) => cache.get(keys[index % KEYS] as string)),
    )
    return rivalry(
      'reads/s',
      ours,
      [bare, ...rivals],
      [
        { against: bare.name, target: { atLeast: 0.9 } },
        { against: { bestOf: RIVAL_NAMES }, target: { atLeast: 1.4 } },
        { against: 'bentocache', target: { atLeast: 2.8 } },
      ],
    )
  },
}

const getMany: Row = {
  row: 'l2.getMany(100)',
  about: '100 hits in Redis by one call, 4 calls at a time',
  run({ redisUrl }) {
    const some = ids.slice(0, 100)
    const someKeys = keys.slice(0, 100)
    const ours: Side = {
      name: 'holdfast',
      configuration: 'redisStore, no l1',
      async open() {
        const { quote, close } = await openQuotes(redisUrl, KEYS)
        return { work: concurrently(4, () => quote.getMany(some)), close }
      },
    }
    const bareKeys = someKeys.map((key) => `bare:${key}`)
    const bare = bareSide(redisUrl, 'MGET + JSON.parse', (client) =>
      concurrently(4, async () =>
        (await client.mGet(bareKeys)).map((text) => JSON.parse(text ?? '') as unknown),
      ),
    )
    const rivals = rivalSides(redisUrl, (cache) =>
      cache.getMany ? concurrently(4, async () => cache.getMany?.(someKeys)) : undefined,
    )
    return rivalry('calls/s', ours, [bare, ...rivals], [{ against: bare.name, target: { atLeast: 0.9 } }])
  },
}

/** The rows of reads that Redis answers. */
export const l2Rows: readonly Row[] = [get, getMany]
