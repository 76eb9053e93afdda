import { setTimeout as wait } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { median } from '../measure.ts'
import type { Row } from '../row.ts'
import { idsUpTo, openQuotes, quoteOf } from './quotes.ts'

const SETTLE_MS = 100

/** What the process holds after everything that nobody needs is gone. */
async function heldBytes(): Promise<number> {
  if (!globalThis.gc) throw new Error('run it with --expose-gc')
  // Sockets that were closed let go of what hangs on them a little later.
  await wait(SETTLE_MS)
  for (let pass = 0; pass < 3; pass++) globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Bytes for each entry of what `fill` makes, which is let go afterwards. */
async function bytesEach(
  count: number,
  fill: () => Promise<{ readonly held: unknown; close?(): unknown }>,
): Promise<number> {
  const before = await heldBytes()
  const filled = await fill()
  const bytes = (await heldBytes()) - before
  await filled.close?.()
  return bytes / count
}

/** The rows of memory. */
export const heapRows: readonly Row[] = [
  {
    row: 'heap',
    about: 'memory of the process for each cached object of 500 B, its key included',
    async run({ redisUrl, isQuick }) {
      const count = isQuick ? 10_000 : 50_000
      const ids = idsUpTo(count)
      const withOurs = async () => {
        const { quote, close } = await openQuotes(redisUrl, count, { l1: true })
        const { l1Entries } = quote.counts()
        if (l1Entries !== count) throw new Error(`memory holds ${l1Entries} of ${count} entries`)
        return { held: quote, close }
      }
      const withLru = async () => {
        const cache = new LRUCache<string, object>({ max: count, ttl: 3_600_000 })
        // As they come from Redis: parsed, and the key joined.
        for (const { id } of ids) cache.set(`quote:${id}`, JSON.parse(JSON.stringify(quoteOf(id))) as object)
        return { held: cache }
      }
      // The first of each also pays for code and for shapes.
      await bytesEach(count, withOurs)
      await bytesEach(count, withLru)
      const [ours, theirs]: [number[], number[]] = [[], []]
      for (let round = 0; round < 3; round++) {
        ours.push(await bytesEach(count, withOurs))
        theirs.push(await bytesEach(count, withLru))
      }
      return {
        comparisons: [
          {
            value: median(ours),
            unit: 'bytes each',
            against: 'lru-cache',
            againstValue: median(theirs),
            target: { atMost: 1.05 },
            note: `new LRUCache({ max, ttl }); ${count.toLocaleString('en')} objects`,
          },
        ],
      }
    },
  },
]
