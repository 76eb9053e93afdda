import { liveClient } from 'holdfast/browser'
import { type ChannelsOf, events, openLive, value } from 'holdfast/live'
import { open, topic } from 'holdfast'
import { WebSocket } from 'ws'
import { z } from 'zod'

// What a bridge and its client refuse to compile, and what they know by the declarations.

const trades = topic({ key: 'trades:{agentId}', about: 'Trades.', value: z.object({ id: z.string() }) })

/** Never called. */
export async function bridge(): Promise<void> {
  const state = await open({ trades })
  const price = value({ key: 'price:{asset}', may: () => true, get: ({ asset }) => ({ usd: asset }) })
  const traded = events({
    key: 'trades:{agentId}',
    may: ({ agentId }, who: { userId: string }) => agentId === who.userId,
    follow: (id, options) => state.trades.subscribe(id, options),
    snapshot: () => ({ open: 2 }),
    includes: ({ open: count }, { value: trade }) => trade.id === String(count),
  })
  // @ts-expect-error: whether somebody may follow is said by every channel
  value({ key: 'price:{asset}', get: () => 1 })
  // @ts-expect-error: the id has an asset
  value({ key: 'price:{asset}', may: ({ agentId }) => agentId === '7', get: () => 1 })

  const live = openLive([price, traded], { authenticate: () => ({ who: { userId: '7' } }) })
  // @ts-expect-error: the channels need to know whose a connection is
  openLive([price, traded], { authenticate: () => ({ who: 'ada' }) })
  live.changed(price, { asset: 'SOL' })
  // @ts-expect-error: of which asset
  live.changed(price, {})

  const client = liveClient<ChannelsOf<typeof live>>({ open: () => new WebSocket('') })
  client.follow('price:{asset}', { asset: 'SOL' }, { values: ([price1]) => price1?.usd.length })
  client.follow(
    'trades:{agentId}',
    { agentId: '7' },
    {
      snapshot: ({ open: count }) => count + 1,
      event: ({ value: trade, seq }) => trade.id.length + seq,
    },
  )
  // @ts-expect-error: there is no such channel
  client.follow('orders:{agentId}', { agentId: '7' }, { event: () => undefined })
  // @ts-expect-error: a parameter is missing
  client.follow('price:{asset}', {}, { values: () => undefined })
  // @ts-expect-error: values are no events
  client.follow('price:{asset}', { asset: 'SOL' }, { event: () => undefined })
  // @ts-expect-error: a trade has an id, and no price
  client.follow('trades:{agentId}', { agentId: '7' }, { event: ({ value: trade }) => trade.usd })
}
