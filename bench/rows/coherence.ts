import { createClient, BasicClientSideCache } from '@redis/client'
import type { Cached } from 'holdfast'
import { quantile } from '../measure.ts'
import type { WriterOrder, WriterReport } from '../programs/coherence-writer.ts'
import { type Program, sharedNowMs, startProgram } from '../programs/start.ts'
import { holdfast } from '../rivals/libraries/holdfast.ts'
import { type Race, runRace } from '../rivals/races.ts'
import type { Comparison, Row } from '../row.ts'
import { openQuotes, type Quote, quoteOf } from './quotes.ts'

const ID = { id: '0' }
const MOST_READS = 100
/** Far beyond any delay that a loaded machine explains. */
const LIMIT_MS = 10_000

/** A push by the bare client: the same feed of Redis that a coherent memory has to live with. */
class Pushes extends BasicClientSideCache {
  count = 0
  constructor() {
    super({ maxEntries: 1, recordStats: false })
  }
  override trackingOn(): string[] {
    return ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'bare:', 'NOLOOP']
  }
  override invalidate(): void {
    this.count++
  }
}

type Writer = Program<WriterOrder, WriterReport>

/**
 * From the moment at which another process begins to write until this one no longer answers with what was there. Both
 * sides are watched alike: between any two turns of the event loop.
 */
async function delayMs(writer: Writer, order: WriterOrder, isOver: () => boolean): Promise<number> {
  const over = new Promise<number>((resolve, reject) => {
    const limitMs = sharedNowMs() + LIMIT_MS
    const look = (): void => {
      const nowMs = sharedNowMs()
      if (isOver()) resolve(nowMs)
      else if (nowMs > limitMs)
        reject(new Error(`nothing was heard of a write (${order.how}) within ${LIMIT_MS} ms`))
      else setImmediate(look)
    }
    look()
  })
  const [endMs, { startedMs }] = await Promise.all([over, writer.ask(order)])
  return endMs - startedMs
}

/** Reads until memory has the value: a report of an earlier write may still be on its way. */
async function intoMemory(quote: Cached<{ readonly id: string }, Quote>): Promise<void> {
  for (let read = 0; quote.peek(ID) === undefined; read++) {
    if (read === MOST_READS) throw new Error(`memory kept none of ${read} answers`)
    await quote.get(ID)
  }
}

const RACES: Readonly<Record<Race, string>> = {
  A: 'a write against a cold read',
  B: 'a delete against a load',
}

/** How many keys of a race a node serves with the old value after everything has come to rest. */
async function staleForEver(race: Race, url: string, isQuick: boolean): Promise<Comparison> {
  const where = { topology: 'standalone', url } as const
  const { stale, trials } = await runRace(race, holdfast, where, isQuick ? 300 : 3_000)
  return {
    part: `race ${race}`,
    value: stale,
    unit: `stale for ever of ${trials.toLocaleString('en')}`,
    against: 'none',
    target: { atMost: 0 },
    note: RACES[race],
  }
}

const coherence: Row = {
  row: 'coherence',
  about: 'another process writes: how long until the memory of this one no longer has the old value',
  async run({ redisUrl, isQuick }) {
    const { quote, close } = await openQuotes(redisUrl, 1, { l1: true })
    const pushes = new Pushes()
    const bare = createClient({ url: redisUrl, RESP: 3, clientSideCache: pushes })
    await bare.connect()
    const writer: Writer = startProgram(new URL('../programs/coherence-writer.js', import.meta.url))
    try {
      const [ours, theirs]: [number[], number[]] = [[], []]
      const warmUp = 50
      for (let round = 0; round < warmUp + (isQuick ? 200 : 2_000); round++) {
        await intoMemory(quote)
        const value = quoteOf(String(round))
        const tookMs = await delayMs(
          writer,
          { redisUrl, how: 'set', value },
          () => quote.peek(ID) === undefined,
        )
        const before = pushes.count
        const bareMs = await delayMs(writer, { redisUrl, how: 'bare', value }, () => pushes.count > before)
        if (round < warmUp) continue
        ours.push(tookMs)
        theirs.push(bareMs)
      }
      const beside = (part: string, share: number, atMost: number) => ({
        part,
        value: quantile(ours, share),
        unit: 'ms',
        against: 'the bare tracking push',
        againstValue: quantile(theirs, share),
        target: { atMost },
        note: 'CLIENT TRACKING ON BCAST PREFIX … NOLOOP and a plain SET, by node-redis',
      })
      return {
        comparisons: [
          beside('p50', 0.5, 1.3),
          beside('p99', 0.99, 2),
          await staleForEver('A', redisUrl, isQuick),
          await staleForEver('B', redisUrl, isQuick),
        ],
        close() {
          bare.destroy()
          return close()
        },
      }
    } finally {
      writer.stop()
    }
  },
}

/** The rows of coherence between processes. */
export const coherenceRows: readonly Row[] = [coherence]
