import { cached, open } from 'holdfast'
import { z } from 'zod'

const price = cached({
  key: 'price:{chain}:{asset}',
  about: 'Last traded price. Screens show up to 60 s, trades ask for one no older than 30 s.',
  value: z.object({ usd: z.string() }),
  ttl: '60s',
  l1: { max: 10_000 },
  load: ({ chain, asset }, { venue }: { venue: Venue }) => venue.price(chain, asset),
})

const venue: Venue = {
  price: async (chain, asset) => ({ usd: chain === 'solana' && asset === 'SOL' ? '148.25' : '0' }),
}
const state = await open({ price }, { deps: { venue } }) // in memory; with a redisStore, shared

const sol = { chain: 'solana', asset: 'SOL' }
console.log(await state.price.get(sol, { maxAge: '30s' })) // { usd: '148.25' }, from the venue
console.log((await state.price.read(sol)).tier) // 'l1': answered by memory (with Redis 'l2' once, then 'l1')
await state.price.delete(sol) // a load that is under way now will not bring the old value back
await state.close()

type Venue = { price(chain: string, asset: string): Promise<{ usd: string }> }
