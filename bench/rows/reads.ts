import { createClient } from '@redis/client'
import { cached, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import { concurrently, throughput } from '../measure.ts'
import type { Row } from '../row.ts'

const KEYS = 1_000
const VALUE = { symbol: 'SOL', price: '148.2513', note: 'x'.repeat(440) }
const declare = (l1: boolean) =>
  cached({
    key: 'bench:{id}',
    about: 'Values of about 500 bytes.',
    value: z.object({ symbol: z.string(), price: z.string(), note: z.string() }),
    ttl: '1h',
    ...(l1 && { l1: { max: 10_000 } }),
  })
const ids = Array.from({ length: KEYS }, (_, index) => ({ id: String(index) }))

/** Reads that the store answers, against the bare client. */
export const reads: readonly Row[] = [
  {
    row: 'l2.get',
    unit: 'reads/s, concurrency 100',
    against: 'node-redis GET + JSON.parse',
    target: 0.9,
    async run({ redisUrl }) {
      const state = await open(
        { bench: declare(false) },
        { store: redisStore({ url: redisUrl, namespace: 'l2get' }) },
      )
      const client = await createClient({ url: redisUrl, commandOptions: { timeout: 0 } }).connect()
      for (const id of ids) {
        await state.bench.set(id, VALUE)
        await client.set(`raw:${id.id}`, JSON.stringify(VALUE))
      }
      let next = 0
      const { ours, raw } = await throughput({
        ours: concurrently(100, () => state.bench.get(ids[next++ % KEYS] as { id: string })),
        raw: concurrently(
          100,
          async () => JSON.parse((await client.get(`raw:${next++ % KEYS}`)) ?? '') as unknown,
        ),
      })
      await state.close()
      client.destroy()
      return { value: ours, against: raw }
    },
  },
  {
    row: 'l2.getMany(100)',
    unit: 'calls/s',
    against: 'node-redis MGET + JSON.parse',
    target: 0.9,
    async run({ redisUrl }) {
      const state = await open(
        { bench: declare(false) },
        { store: redisStore({ url: redisUrl, namespace: 'l2many' }) },
      )
      const client = await createClient({ url: redisUrl, commandOptions: { timeout: 0 } }).connect()
      const some = ids.slice(0, 100)
      const keys = some.map(({ id }) => `raw:${id}`)
      for (const id of some) {
        await state.bench.set(id, VALUE)
        await client.set(`raw:${id.id}`, JSON.stringify(VALUE))
      }
      const { ours, raw } = await throughput({
        ours: concurrently(4, () => state.bench.getMany(some)),
        raw: concurrently(4, async () =>
          (await client.mGet(keys)).map((text) => JSON.parse(text ?? '') as unknown),
        ),
      })
      await state.close()
      client.destroy()
      return { value: ours, against: raw }
    },
  },
]
