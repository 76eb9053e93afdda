// The programs of docs/guides/cached.md, in one.
import { cached, type Duration, open, queries } from 'holdfast'
import { z } from 'zod'

const Quote = z.object({ price: z.string() })
let asked = 0
const venue: Venue = {
  quote: async (pair) => ({ price: `${pair} ${++asked}` }),
  rows: async () => [{ asset: 'SOL', volume: '3' }],
}

const quote = (settings: { readonly quoteTtl: Duration }) =>
  cached({
    key: 'quote:{venue}:{pair}',
    about: 'A quote of a venue. The order form shows it; orders ask for one no older than 2 s.',
    value: Quote,
    ttl: settings.quoteTtl,
    jitter: 0.1,
    staleWhileRevalidate: '5s',
    staleIfError: '1m',
    l1: { max: 10_000 },
    groups: ['venue'],
    tags: ({ pair }) => [`pair:${pair}`],
    load: ({ pair }, { venue }: Deps, { signal }) => venue.quote(pair, signal),
  })

const portfolio = cached({
  key: 'portfolio:{userId}',
  about: 'What a user holds, valued. The portfolio page.',
  value: z.object({ worth: z.string() }),
  ttl: '20s',
  refreshAhead: { activeFor: '10m', max: 5_000 },
  tags: () => ['table:trades'],
  load: ({ userId }) => ({ worth: `what ${userId} has` }),
})

const reports = queries({
  key: 'report',
  about: 'Reports on trades.',
  row: z.object({ asset: z.string(), volume: z.string() }),
  execute: ({ sql, params }, { venue }: Deps) => venue.rows(sql, params),
})

const deps = { venue }
const state = await open({ quote: quote({ quoteTtl: '10s' }), portfolio, reports }, { deps })

const sol = { venue: 'jupiter', pair: 'SOL-USDC' }
const { value, ageMs, tier, stale } = await state.quote.read(sol, { maxAge: '2s' })
console.log(value?.price, tier, stale, ageMs < 2_000) // SOL-USDC 1 source false true

await state.quote.set(sol, { price: '148.25' })
console.log((await state.quote.get(sol))?.price) // 148.25
await state.quote.delete(sol) // this one
await state.quote.expire(sol) // this one; the old value may still stand in for a load that fails
await state.quote.clear({ venue: 'jupiter' }) // all of one venue, by one command
await state.quote.clear() // all
await state.invalidateTags(['pair:SOL-USDC']) // all with a tag, in every keyspace
await state.invalidateTables(['trades']) // all that is derived from a table

const bestQuote = state.quote.wrap(async ({ pair }, { signal, setTtl }) => {
  setTtl('3s') // the venue says how long it stands
  return venue.quote(pair, signal)
})
console.log((await bestQuote(sol, { maxAge: '2s' }))?.price) // SOL-USDC 2

const volumes = {
  sql: 'SELECT asset, sum(amount)::text AS volume FROM trades WHERE at > $1 GROUP BY asset',
  params: [new Date('2026-01-01')],
  tables: ['trades'],
}
console.log((await state.reports.run(volumes))[0]?.volume) // 3
await state.reports.run(volumes, { skipCache: true }) // runs, and stores what it gets
await state.reports.run(volumes, { noCache: true }) // runs, apart from the cache

const users = [{ userId: 'ann' }, { userId: 'bob' }]
const report = await state.portfolio.warm(users, { pageSize: 100, concurrency: 4 })
console.log(report.warmed, report.failed) // 2 0

const outcome = await state.quote.setMany([[sol, { price: '148.30' }]])
console.log(outcome.tiers.join('+')) // l1+l2
await state.close()

interface Venue {
  quote(pair: string, signal: AbortSignal): Promise<{ price: string }>
  rows(sql: string, params: readonly unknown[]): Promise<{ asset: string; volume: string }[]>
}
type Deps = { readonly venue: Venue }
