import { events, type Keyed, LiveRefusedError, value, values } from 'holdfast/live'
import { AddressError, normaliseAddress, parseChain } from '../domain/chains.ts'
import type { Board } from '../market/board.ts'
import type { Candle } from '../market/candles/candle.ts'
import { INTERVALS, type Interval } from '../market/candles/interval.ts'
import type { Feed } from '../market/feed.ts'
import { allPrices, listedAsset, type PriceView } from '../market/price-view.ts'
import type { Insight } from '../ops/insight.ts'
import type { DeskState } from '../ops/state.ts'

/** Candles that one message has of a chart: as many as it holds. Of a market that runs faster, the latest ones. */
const MOST_CANDLES_AT_ONCE = 300

/** Who follows. */
export interface Follower {
  readonly userId: string
}

/** What channels read from. */
export interface ChannelParts {
  readonly state: DeskState
  readonly board: Board
  readonly feed: Feed
  readonly insight: Insight
}

/** What clients of the desk may follow. */
export interface DeskChannels {
  readonly prices: ReturnType<typeof pricesChannel>
  readonly candles: ReturnType<typeof candlesChannel>
  readonly account: ReturnType<typeof accountChannel>
  readonly notifications: ReturnType<typeof notificationsChannel>
  readonly state: ReturnType<typeof insightChannels>['state']
  readonly status: ReturnType<typeof insightChannels>['status']
}

/** Any of them, for the type of clients. */
export type DeskChannel = DeskChannels[keyof DeskChannels]

/** A chart. */
export interface ChartId {
  readonly chain: string
  readonly asset: string
  readonly interval: Interval
}

/** Makes the channels. */
export function deskChannels(parts: ChannelParts): DeskChannels {
  return {
    prices: pricesChannel(parts),
    candles: candlesChannel(parts),
    account: accountChannel(parts),
    notifications: notificationsChannel(parts),
    ...insightChannels(parts),
  }
}

/** Of all that is traded here: each with its provenance, by asset. */
function pricesChannel({ state, feed }: ChannelParts) {
  return values({
    key: 'prices',
    may: (_, who: Follower) => who.userId !== '',
    async read(_, changed): Promise<Keyed<PriceView>[]> {
      const isWanted = (price: Pick<PriceView, 'chain' | 'asset'>): boolean =>
        changed === 'all' || changed.has(assetKey(price))
      return (await allPrices(state, feed.source, isWanted)).map((price) => [assetKey(price), price])
    },
  })
}

/** Of one chart, by their time. The first message has the one that forms. */
function candlesChannel({ state, board }: ChannelParts) {
  return values({
    key: 'candles:{chain}:{asset}:{interval}',
    async may(id, who: Follower) {
      const chart = chartOf(id)
      await listedAsset(state, chart.chain, chart.asset)
      return who.userId === '' ? false : { ...chart }
    },
    read(id, changed): Keyed<Candle>[] {
      const chart = chartOf(id)
      const latest = (limit: number): Candle[] => board.candles(chart, chart.interval, limit)
      if (changed === 'all') return latest(1).map(byTime)
      const two = latest(2)
      const first = Math.min(...[...changed].map(Number))
      const reach = two.length < 2 || (two[0]?.time ?? 0) <= first ? two : latest(MOST_CANDLES_AT_ONCE)
      return reach.filter(({ time }) => changed.has(String(time))).map(byTime)
    },
  })
}

/** That something of the signed-in person's changed; what it is now is asked for. */
function accountChannel({ state }: ChannelParts) {
  return value({
    key: 'account',
    may: (_, who: Follower) => who.userId !== '',
    scope: ({ userId }) => userId,
    async get(_, { userId }) {
      const account = await state.account.get({ userId })
      if (!account) return undefined
      return { version: account.version, agents: (await state.agentIds.get({ userId })) ?? [] }
    },
    // Who asks for its changes looks ten times a second already.
    every: '0ms',
  })
}

/** What the signed-in person is told of, as it comes. What came before is asked for. */
function notificationsChannel({ state }: ChannelParts) {
  return events({
    key: 'notifications',
    may: (_, who: Follower) => who.userId !== '',
    scope: ({ userId }) => userId,
    follow: (_, options, { userId }) => state.notifications.subscribe({ userId }, options),
  })
}

/** What the desk says about itself, each second: also when it is the same, it is of now. */
function insightChannels({ insight }: ChannelParts) {
  const may = (_: unknown, who: Follower): boolean => who.userId !== ''
  return {
    state: values({ key: 'state', may, read: () => [['', insight.state()] as const], every: '0ms' }),
    status: values({ key: 'status', may, read: () => [['', insight.status()] as const], every: '0ms' }),
  }
}

/** An asset, as the key of its price. */
export function assetKey({ chain, asset }: { readonly chain: string; readonly asset: string }): string {
  return `${chain}:${asset}`
}

function byTime(candle: Candle): Keyed<Candle> {
  return [String(candle.time), candle]
}

/** A chart that a topic names. The one way to write it. @throws LiveRefusedError */
export function chartOf(id: {
  readonly chain: string
  readonly asset: string
  readonly interval: string
}): ChartId {
  const interval = INTERVALS.find((known) => known === id.interval)
  if (!interval)
    throw new LiveRefusedError(
      'UNKNOWN_TOPIC',
      `candles:<chain>:<asset>: must go on with ${INTERVALS.join(', ')}.`,
    )
  try {
    const chain = parseChain(id.chain)
    return { chain, asset: normaliseAddress(chain, id.asset), interval }
  } catch (error) {
    if (error instanceof AddressError) throw new LiveRefusedError(error.code, error.message)
    throw error
  }
}
