import { limiter, open, rateLimitHeaders, takeAll } from 'holdfast'

const trades = limiter({
  key: 'rate:trades:{userId}',
  about: 'Trades of a user: ten at once, then one each sixth second.',
  rate: '10/60s',
  onStoreDown: 'deny',
  slot: 'userId',
})
const venueCalls = limiter({
  key: 'rate:venue:{userId}:{venue}',
  about: 'Calls of a user to a venue, which counts by a sliding window itself.',
  rate: '100/10s',
  algorithm: 'sliding-log',
  onStoreDown: 'local',
  slot: 'userId',
})
const quotes = limiter({
  key: 'rate:quotes:{desk}',
  about: 'Quotes of all users together: a hot key.',
  rate: '100000/10s',
  onStoreDown: 'allow',
  borrow: 0.02,
})

const state = await open({ trades, venueCalls, quotes })
const quota = await state.trades.take({ userId: '7' })
console.log(quota.allowed, quota.remaining, quota.nextMs) // true 9 6000

const { RateLimit, ...others } = rateLimitHeaders({ trades: quota })
console.log(RateLimit) // "trades";r=9;t=6
console.log(others['RateLimit-Policy']) // "trades";q=10;w=60

const denied = await state.trades.take({ userId: '7' }, { cost: 10 })
console.log(denied.allowed, denied.remaining) // false 9

const both = await takeAll([
  state.trades.ask({ userId: '7' }),
  state.venueCalls.ask({ userId: '7', venue: 'binance' }, { cost: 5 }),
])
console.log(both.allowed, both.limits[1]?.remaining) // true 95

const many = await Promise.all(Array.from({ length: 500 }, () => state.quotes.take({ desk: 'main' })))
console.log(many.filter(({ allowed }) => allowed).length) // 500
await state.close()
