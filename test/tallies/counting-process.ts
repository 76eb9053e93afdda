import { cached, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { z } from 'zod'

// Counts, reports, counts on, and waits to be killed. Its clock stands still, so nothing reports by itself.
const price = cached({ key: 'price:{asset}', about: 'A price.', value: z.string(), ttl: '1m' })
const order = JSON.parse(process.argv[2] ?? '') as { url: string; namespace: string }
const say = (line: string): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const state = await open({ price }, { store: redisStore(order), clock: virtualClock() })
const ids = (count: number): { asset: string }[] =>
  Array.from({ length: count }, (_, index) => ({ asset: `a${index}` }))
await state.price.deleteMany(ids(1_000))
await state.totals()
say('reported')
await state.price.deleteMany(ids(500))
say('counted more')
