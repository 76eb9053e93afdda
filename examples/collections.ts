import { counter, flags, members, open, places, ranking, recent, rolloutPlace, unique } from 'holdfast'
import { z } from 'zod'

const trades = counter({
  key: 'trades:{asset}',
  about: 'Trades of an asset, a day.',
  windows: { every: '1d', keep: 30 },
})
const visitors = unique({
  key: 'visitors:{page}',
  about: 'Visitors of a page, a day.',
  windows: { every: '1d', keep: 30 },
  slot: 'page',
})
const watching = members({
  key: 'watching:{userId}',
  about: 'Assets that a user watches.',
  ttl: '90d',
  max: 500,
})

const profit = ranking({
  key: 'profit:{league}',
  about: 'Realised profit in USDC, a week.',
  windows: { every: '7d', keep: 4 },
  max: 10_000,
  decimals: 2,
})
const feature = flags({
  key: 'flag:{name}',
  about: 'New parts of the dashboard, by user.',
  ttl: 'forever',
  max: 1_000,
})

const venues = places({
  key: 'venues:{network}',
  about: 'Where the servers of venues are.',
  ttl: '30d',
  max: 1_000,
})
const fills = recent({
  key: 'fills:{asset}',
  about: 'The last fills of an asset, for its page.',
  value: z.object({ price: z.string(), amount: z.string() }),
  ttl: '7d',
  max: 200,
})

const state = await open({ trades, visitors, watching, profit, feature, venues, fills })

await state.trades.add({ asset: 'SOL' })
await state.trades.add({ asset: 'SOL' }, 2n)
console.log(await state.trades.get({ asset: 'SOL' })) // 3
console.log(await state.trades.get({ asset: 'SOL' }, { ago: 1 })) // 0
const days = await state.trades.windows({ asset: 'SOL' }, 7)
console.log(days.reduce((sum, { count }) => sum + count, 0n)) // 3

await state.visitors.add({ page: 'home' }, 'u1')
await state.visitors.add({ page: 'home' }, ['u1', 'u2'])
console.log(await state.visitors.count({ page: 'home' })) // 2
console.log(await state.visitors.last({ page: 'home' }, 7)) // 2

await state.watching.add({ userId: 'u1' }, ['SOL', 'ETH'])
console.log(await state.watching.hasMany({ userId: 'u1' }, ['SOL', 'BTC'])) // true,false
const page = await state.watching.list({ userId: 'u1' }, { most: 100 })
console.log(page.members.length, page.next === undefined) // 2 true

await state.profit.add({ league: 'paper' }, 'ada', '120.50')
await state.profit.add({ league: 'paper' }, 'bob', '99.90')
await state.profit.add({ league: 'paper' }, 'bob', '40.00')
const [first] = await state.profit.top({ league: 'paper' }, { most: 10 })
console.log(first?.rank, first?.member, first?.score) // 1 bob 139.90
const near = await state.profit.around({ league: 'paper' }, 'ada', 2)
console.log(near.map(({ member }) => member)) // bob,ada

await state.feature.setShare({ name: 'depth-chart' }, 25)
console.log(await state.feature.isOn({ name: 'depth-chart' }, 'u1')) // false
await state.feature.fix({ name: 'depth-chart' }, 'u1', true)
console.log(await state.feature.isOn({ name: 'depth-chart' }, 'u1')) // true
console.log(rolloutPlace('flag:depth-chart', 'u1') < 25) // false

await state.venues.add({ network: 'main' }, [
  { member: 'tokyo', latitude: 35.6762, longitude: 139.6503 },
  { member: 'zurich', latitude: 47.3769, longitude: 8.5417 },
])
const berlin = { latitude: 52.52, longitude: 13.405 }
const [nearest] = await state.venues.nearest({ network: 'main' }, berlin, 1)
console.log(nearest?.member, nearest && Math.round(nearest.metres / 1_000)) // zurich 669
console.log((await state.venues.within({ network: 'main' }, berlin, 500_000)).length) // 0

await state.fills.push({ asset: 'SOL' }, { price: '148.25', amount: '2' }, { price: '148.30', amount: '1' })
const [last] = await state.fills.latest({ asset: 'SOL' }, { most: 20 })
console.log(last?.price) // 148.30

await state.close()
