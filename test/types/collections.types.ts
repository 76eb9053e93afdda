/**
 * What must compile, and what must not: an unused `@ts-expect-error` is itself an error. Checked by `npm run check`;
 * nothing here runs.
 */
import {
  counter,
  type Counter,
  flags,
  type Flags,
  members,
  type Members,
  open,
  places,
  type Places,
  ranking,
  type Ranking,
  recent,
  type Recent,
  unique,
  type Unique,
  type WindowedCounter,
  type WindowedUnique,
} from 'holdfast'
import { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Equal<A, B>): void {
  // The type of the parameter is the test.
}

const likes = counter({ key: 'likes:{postId}', about: 'Likes.', ttl: 'forever' })
const trades = counter({
  key: 'trades:{asset}',
  about: 'Trades a day.',
  windows: { every: '1d', keep: 30 },
})
const readers = unique({ key: 'readers:{postId}', about: 'Readers.', ttl: '30d' })
const visitors = unique({
  key: 'visitors:{page}',
  about: 'Visitors a day.',
  windows: { every: '1d', keep: 30 },
  slot: 'page',
})
const points = ranking({ key: 'points:{game}', about: 'Points.', ttl: '30d', max: 100 })
const profit = ranking({
  key: 'profit:{league}',
  about: 'Profit a day.',
  windows: { every: '1d', keep: 7 },
  max: 100,
  decimals: 2,
})
const venues = places({ key: 'venues:{net}', about: 'Venues.', ttl: '1d', max: 10 })
const fills = recent({ key: 'fills:{asset}', about: 'Fills.', value: z.bigint(), ttl: '1d', max: 10 })
const feature = flags({ key: 'flag:{name}', about: 'Features.', ttl: 'forever', max: 100 })
const watching = members({ key: 'watching:{userId}', about: 'Assets.', ttl: '30d', max: 100 })

export async function collections(): Promise<void> {
  const state = await open({
    likes,
    trades,
    readers,
    visitors,
    watching,
    points,
    profit,
    feature,
    venues,
    fills,
  })
  same<typeof state.likes, Counter<{ readonly postId: string }>>(true)
  same<typeof state.trades, WindowedCounter<{ readonly asset: string }>>(true)
  same<typeof state.readers, Unique<{ readonly postId: string }>>(true)
  same<typeof state.visitors, WindowedUnique<{ readonly page: string }>>(true)
  same<typeof state.watching, Members<{ readonly userId: string }>>(true)

  same<typeof state.points, Ranking<{ readonly game: string }>>(true)
  same<typeof state.profit, Ranking<{ readonly league: string }, string, true>>(true)
  same<typeof state.feature, Flags<{ readonly name: string }>>(true)

  same<typeof state.venues, Places<{ readonly net: string }>>(true)
  same<typeof state.fills, Recent<{ readonly asset: string }, bigint>>(true)

  // @ts-expect-error -- a place has a longitude
  await state.venues.nearest({ net: '1' }, { latitude: 5 })
  // @ts-expect-error -- of another type
  await state.fills.push({ asset: 'SOL' }, 5)

  await state.profit.top({ league: '1' }, { ago: 1, most: 5 })
  // @ts-expect-error -- decimal scores are texts
  await state.profit.set({ league: '1' }, 'a', 5)
  // @ts-expect-error -- scores are numbers
  await state.points.set({ game: '1' }, 'a', '5')
  // @ts-expect-error -- without windows there is none to choose
  await state.points.top({ game: '1' }, { ago: 1 })

  const count = await state.trades.get({ asset: 'SOL' }, { ago: 1 })
  same<typeof count, bigint>(true)
  // @ts-expect-error -- without windows there is none to choose
  await state.likes.get({ postId: '1' }, { ago: 1 })
  // @ts-expect-error -- without windows there are none to list
  await state.likes.windows({ postId: '1' })
  // @ts-expect-error -- the window is no part of the id
  await state.trades.get({ asset: 'SOL', window: '1' })
  // @ts-expect-error -- what is added goes into the present window
  await state.trades.add({ asset: 'SOL' }, 1, { ago: 1 })
  // @ts-expect-error -- amounts are whole numbers, not texts
  await state.likes.add({ postId: '1' }, '1')
  // @ts-expect-error -- without windows there are none to count together
  await state.readers.last({ postId: '1' }, 7)
  // @ts-expect-error -- members are texts
  await state.watching.add({ userId: '1' }, 5)
}

// @ts-expect-error -- how long it is kept must be said
counter({ key: 'a:{id}', about: 'x' })
// @ts-expect-error -- windows say how long it is kept
counter({ key: 'a:{id}', about: 'x', ttl: '1d', windows: { every: '1d', keep: 3 } })
// @ts-expect-error -- the slot is a parameter
counter({ key: 'a:{id}', about: 'x', ttl: '1d', slot: 'user' })
// @ts-expect-error -- no option
counter({ key: 'a:{id}', about: 'x', ttl: '1d', max: 5 })
// @ts-expect-error -- a number of windows is needed
unique({ key: 'a:{id}', about: 'x', windows: { every: '1d' }, slot: 'id' })
// @ts-expect-error -- a ranking without a bound would grow for ever
ranking({ key: 'a:{id}', about: 'x', ttl: '1d' })
// @ts-expect-error -- a set without a bound would grow for ever
members({ key: 'a:{id}', about: 'x', ttl: '1d' })
// @ts-expect-error -- a set has no windows
members({ key: 'a:{id}', about: 'x', windows: { every: '1d', keep: 3 }, max: 10 })
