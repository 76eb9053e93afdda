import type { Board } from '../market/board.ts'
import type { Candle } from '../market/candles/candle.ts'
import type { Feed } from '../market/feed.ts'
import { allPrices, type PriceView } from '../market/price-view.ts'
import type { DeskState } from '../ops/state.ts'
import type { Connection } from './connection.ts'
import type { OwedPrices } from './following.ts'
import type { CandleTopic } from './topic.ts'

/** Candles that one flush sends of a topic: as many as a chart holds. Of a market that runs faster, the latest ones. */
const MOST_CANDLES_AT_ONCE = 300

/** What a flush needs. */
export interface FlushParts {
  readonly state: DeskState
  readonly board: Board
  readonly feed: Feed
  /** Those whose token was accepted. */
  readonly ready: () => Connection[]
}

/** Sends what changed, to those that keep up. One flush at a time. */
export interface Flush {
  /** Rejects when prices cannot be read; they stay owed. */
  run(): Promise<void>
  stop(): void
}

/** Listens to the feed from now on. */
export function createFlush({ state, board, feed, ready }: FlushParts): Flush {
  let ticked = new Set<string>()
  const stop = feed.listen(({ tick }) => ticked.add(`${tick.chain}:${tick.asset}`))

  return {
    stop,
    async run() {
      const noted = ticked
      ticked = new Set()
      const connections = ready()
      for (const { following } of connections) following.note(noted)
      const taking = connections.filter((connection) => connection.canTake())
      for (const connection of taking) sendCandles(connection, board)
      const owing = taking.flatMap((connection) => {
        const owed = connection.following.owedPrices
        return owed ? [{ connection, owed }] : []
      })
      if (owing.length > 0) await sendPrices(owing, state, feed)
    },
  }
}

async function sendPrices(
  owing: readonly { readonly connection: Connection; readonly owed: OwedPrices }[],
  state: DeskState,
  { source }: Pick<Feed, 'source'>,
): Promise<void> {
  // Read once and serialised once, for however many clients.
  const prices = (await allPrices(state, source, isOwedToAny(owing.map(({ owed }) => owed)))).map(
    (price) => ({
      key: keyOf(price),
      text: JSON.stringify(price),
    }),
  )
  for (const { connection, owed } of owing) {
    // It left the topic meanwhile, and perhaps came back: then it is owed something else.
    if (connection.following.owedPrices !== owed) continue
    const mine = prices.filter(({ key }) => owed === 'all' || owed.has(key)).map(({ text }) => text)
    connection.following.settlePrices()
    if (mine.length > 0 || owed === 'all') {
      connection.sendText(`{"type":"prices","prices":[${mine.join(',')}]}`)
    }
  }
}

function isOwedToAny(owed: readonly OwedPrices[]): (id: Pick<PriceView, 'chain' | 'asset'>) => boolean {
  if (owed.includes('all')) return () => true
  return (id) => owed.some((keys) => keys !== 'all' && keys.has(keyOf(id)))
}

/**
 * One message for each topic, and no hole inside of one: its candles follow each other on the board. It begins with
 * the candle that was sent last. One that begins later (the first of a topic, or after more than fit) says by that
 * that there may be others in between.
 */
function sendCandles(connection: Connection, board: Board): void {
  for (const followed of connection.following.takeOwedCandles()) {
    const { chain, asset, interval } = followed.topic
    const candles = candlesSince(board, followed.topic, followed.sinceTime)
    const newest = candles.at(-1)
    if (!newest) continue
    connection.send({ type: 'candles', chain, asset, interval, candles })
    followed.sinceTime = newest.time
  }
}

/** From the candle that was sent last, which may have been completed since, to the one that forms. */
function candlesSince(board: Board, topic: CandleTopic, sinceTime: number | undefined): Candle[] {
  const latest = (limit: number): Candle[] => board.candles(topic, topic.interval, limit)
  if (sinceTime === undefined) return latest(1)
  const two = latest(2)
  const reach = two.length < 2 || (two[0]?.time ?? 0) <= sinceTime ? two : latest(MOST_CANDLES_AT_ONCE)
  return reach.filter(({ time }) => time >= sinceTime)
}

function keyOf({ chain, asset }: Pick<PriceView, 'chain' | 'asset'>): string {
  return `${chain}:${asset}`
}
