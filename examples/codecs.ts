// The program of docs/guides/codecs.md: two processes, of which one was not told of the codec yet.
import { cached, memoryStore, open } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import { z } from 'zod'

export const candles = cached({
  key: 'candles:{pair}:{interval}',
  about: 'Completed candles of a pair, oldest first.',
  value: z.array(z.object({ time: z.number(), close: z.string() })),
  ttl: '5m',
  codec: msgpack,
  compress: { above: '8kB' },
})

const store = memoryStore()
const state = await open({ candles }, { store })
const id = { pair: 'SOL-USDC', interval: '1m' }
const day = Array.from({ length: 1_440 }, (_, minute) => ({ time: minute * 60_000, close: `148.${minute}` }))
await state.candles.set(id, day)
console.log((await state.candles.get(id))?.length) // 1440

const { key, about, ttl } = { key: 'candles:{pair}:{interval}', about: 'As before.', ttl: '5m' } as const
const before = await open({ candles: cached({ key, about, ttl, value: candles.schema }) }, { store })
console.log((await before.candles.get(id)) === null, before.candles.counts().badEntries) // true 1
await before.candles.set(id, day.slice(0, 3))
console.log((await state.candles.get(id))?.length) // 3

await Promise.all([before.close(), state.close()])
