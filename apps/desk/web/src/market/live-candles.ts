/**
 * Charts without holes: history is fetched, what happens from then on is streamed, and neither waits for the other.
 *
 * What the stream sent is kept, and joined to whatever history arrives, before or after it. A history that ends before
 * the stream began is fetched again: the server knew of the streamed candles by then, so the second one reaches them.
 */
import type { QueryClient } from '@tanstack/react-query'
import { queryKeys } from '../api/query-keys.ts'
import type { Candle, Interval } from '../api/shapes.ts'
import type { Stream } from '../stream/stream.ts'
import { candlesTopic } from '../stream/topics.ts'
import { extendTail, joinCandles } from './candles.ts'

/** What the present connection has sent of each chart: at most as many candles as a chart holds. */
export interface CandleTails {
  readonly extend: (topic: string, candles: readonly Candle[]) => void
  /** See `joinCandles`. */
  readonly join: (topic: string, history: readonly Candle[]) => readonly Candle[] | null
  readonly clear: () => void
}

/** Nothing sent yet. */
export function createCandleTails(): CandleTails {
  const tails = new Map<string, readonly Candle[]>()
  return {
    extend(topic, candles) {
      tails.set(topic, extendTail(tails.get(topic) ?? [], candles))
    },
    join: (topic, history) => joinCandles(history, tails.get(topic) ?? []),
    clear: () => tails.clear(),
  }
}

/** Fetches a history that reaches what the stream has sent of `topic`, and joins the two. */
export async function fetchJoined(
  tails: CandleTails,
  topic: string,
  fetch: () => Promise<readonly Candle[]>,
): Promise<readonly Candle[]> {
  const joined = tails.join(topic, await fetch())
  if (joined) return joined
  // The stream began while the answer was on its way.
  const later = await fetch()
  return tails.join(topic, later) ?? later
}

/** Follows the candles of a chart until the returned function is called. */
export type FollowCandles = (chain: string, asset: string, interval: Interval) => () => void

/** Puts what the stream sends into the charts that have their history, and has it fetched again where they do not join. */
export function streamCandles(
  stream: Pick<Stream, 'connection' | 'follow'>,
  queryClient: QueryClient,
  tails: CandleTails,
): FollowCandles {
  stream.connection.subscribe(() => {
    const { kind } = stream.connection.get()
    // The next connection may be to a desk that was restarted.
    if (kind !== 'live' && kind !== 'quiet') tails.clear()
  })
  return (chain, asset, interval) => {
    const topic = candlesTopic(chain, asset, interval)
    const queryKey = queryKeys.candles(chain, asset, interval)
    return stream.follow(
      'candles:{chain}:{asset}:{interval}',
      { chain, asset, interval },
      {
        values(candles) {
          tails.extend(topic, candles)
          const shown = queryClient.getQueryData<readonly Candle[]>(queryKey)
          if (!shown) return
          const joined = tails.join(topic, shown)
          if (joined) queryClient.setQueryData(queryKey, joined)
          else void queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false })
        },
      },
    )
  }
}
