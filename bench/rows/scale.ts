import { open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { LRUCache } from 'lru-cache'
import { type BareClient, bareClient } from '../bare-client.ts'
import { concurrently, type Figure, measure } from '../measure.ts'
import type { Comparison, Row } from '../row.ts'
import { declareQuotes, idsUpTo, keysUpTo } from './quotes.ts'

const PAGE = 1_000
/** A step that visits every key of a power of ten before it comes back, far from the last one each time. */
const STRIDE = 7_919

/** Puts the bytes of one entry under all keys: reading them is measured, not writing. */
async function seed(client: BareClient, text: string, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += PAGE)
    await client.mSet(keys.slice(start, start + PAGE).map((key): [string, string] => [key, text]))
}

async function atSize(redisUrl: string, size: number): Promise<Record<'l1' | 'lru' | 'l2' | 'bare', Figure>> {
  const namespace = `n${size}`
  const client = await bareClient(redisUrl)
  const far = await open({ quote: declareQuotes() }, { store: redisStore({ url: redisUrl, namespace }) })
  const ids = idsUpTo(size)
  const keys = keysUpTo(size).map((key) => `${namespace}:${key}`)
  await far.quote.set({ id: '0' }, { symbol: 'SOL', price: '148.2513', note: 'short' })
  await seed(client, (await client.get(keys[0] ?? '')) ?? '', keys)
  // Opened now, it hears of nothing that was written above, and keeps what it reads at once.
  const near = await open({ quote: declareQuotes(size) }, { store: redisStore({ url: redisUrl, namespace }) })
  for (let start = 0; start < size; start += PAGE) await near.quote.getMany(ids.slice(start, start + PAGE))
  const lru = new LRUCache<string, object>({ max: size, ttl: 3_600_000 })
  for (const key of keys) lru.set(key, { symbol: 'SOL', price: '148.2513', note: 'short' })
  const { l1Entries, loads } = near.quote.counts()
  if (l1Entries !== size || loads > 0) throw new Error(`memory holds ${l1Entries} of ${size}, ${loads} loads`)
  const idAt = (step: number) => ids[(step * STRIDE) % size] as { id: string }
  const keyAt = (step: number) => keys[(step * STRIDE) % size] as string
  const [steps, lruSteps] = [{ at: 0 }, { at: 0 }]
  const figures = await measure({
    l1(count) {
      for (let done = 0; done < count; done++) near.quote.peek(idAt(steps.at++))
    },
    lru(count) {
      for (let done = 0; done < count; done++) lru.get(keyAt(lruSteps.at++))
    },
    l2: concurrently(100, (index) => far.quote.get(idAt(index))),
    bare: concurrently(100, (index) => client.get(keyAt(index))),
  })
  if (far.quote.counts().loads > 0) throw new Error('some entries were not in Redis')
  await Promise.all([near.close(), far.close()])
  client.destroy()
  return figures
}

function share(figure: Figure, first: Figure): string {
  return `${Math.round((figure.perSecond / first.perSecond) * 100)} %`
}

/** The rows of how cost grows. */
export const scaleRows: readonly Row[] = [
  {
    row: 'scale',
    about: 'hits in memory (peek) and in Redis (get) among 1,000 to 1,000,000 keys, in no order',
    async run({ redisUrl, isQuick }) {
      const sizes = isQuick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000]
      const comparisons: Comparison[] = []
      const first = await atSize(redisUrl, sizes[0] as number)
      for (const size of sizes) {
        const here = size === sizes[0] ? first : await atSize(redisUrl, size)
        const part = `${size.toLocaleString('en')} keys`
        const beside = (ours: 'l1' | 'l2', theirs: 'lru' | 'bare', against: string): Comparison => ({
          part: `${ours}, ${part}`,
          value: here[ours].perSecond,
          unit: 'reads/s',
          against,
          againstValue: here[theirs].perSecond,
          note: `of what they reach among 1,000 keys: ours ${share(here[ours], first[ours])}, theirs ${share(here[theirs], first[theirs])}`,
        })
        comparisons.push(
          beside('l1', 'lru', 'lru-cache with as many'),
          beside('l2', 'bare', 'node-redis GET of as many'),
        )
      }
      return { comparisons }
    },
  },
]
