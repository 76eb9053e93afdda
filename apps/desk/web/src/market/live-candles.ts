/**
 * Charts without holes: history is fetched, what happens from then on is streamed, and neither waits for the other.
 *
 * What the stream sent is kept, and joined to whatever history arrives, before or after it. A history that ends before
 * the stream began is fetched again: the server knew of the streamed candles by then, so the second one reaches them.
 */
import type { QueryClient } from '@tanstack/react-query'
import { queryKeys } from '../api/query-keys.ts'
import type { Candle } from '../api/shapes.ts'
import type { CandlesMessage } from '../stream/messages.ts'
import type { Stream } from '../stream/stream.ts'
import { candlesTopic } from '../stream/topics.ts'
import { extendTail, joinCandles } from './candles.ts'

/** What the present connection has sent of each chart: at most as many candles as a chart holds. */
export interface CandleTails {
  readonly extend: (message: CandlesMessage) => void
  /** See `joinCandles`. */
  readonly join: (topic: string, history: readonly Candle[]) => readonly Candle[] | null
  readonly clear: () => void
}

/** Nothing sent yet. */
export function createCandleTails(): CandleTails {
  const tails = new Map<string, readonly Candle[]>()
  return {
    extend({ chain, asset, interval, candles }) {
      const topic = candlesTopic(chain, asset, interval)
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

/** Puts what the stream sends into the charts that have their history, and has it fetched again where they do not join. */
export function streamCandles(
  stream: Pick<Stream, 'connection' | 'listen'>,
  queryClient: QueryClient,
  tails: CandleTails,
): void {
  stream.connection.subscribe(() => {
    const { kind } = stream.connection.get()
    // The next connection may be to a desk that was restarted.
    if (kind !== 'live' && kind !== 'quiet') tails.clear()
  })
  stream.listen('candles', (message) => {
    tails.extend(message)
    const { chain, asset, interval } = message
    const queryKey = queryKeys.candles(chain, asset, interval)
    const shown = queryClient.getQueryData<readonly Candle[]>(queryKey)
    if (!shown) return
    const joined = tails.join(candlesTopic(chain, asset, interval), shown)
    if (joined) queryClient.setQueryData(queryKey, joined)
    else void queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false })
  })
}
