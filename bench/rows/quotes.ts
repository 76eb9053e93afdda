import { cached, type Cached, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'

/** What the rows cache: about 500 bytes of JSON. */
export interface Quote {
  readonly symbol: string
  readonly price: string
  readonly note: string
}

/** The schema of a quote. */
export const quoteSchema = z.object({ symbol: z.string(), price: z.string(), note: z.string() })

/** The quote of one id; no two are the same text. */
export function quoteOf(id: string): Quote {
  return { symbol: `SOL-${id}`, price: '148.2513', note: id.padEnd(440, 'x') }
}

/** The ids `0` to `count - 1`, as the methods of a keyspace take them. */
export function idsUpTo(count: number): { id: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: String(index) }))
}

/** The keys under which everybody else caches the same quotes. */
export function keysUpTo(count: number): string[] {
  return idsUpTo(count).map(({ id }) => `quote:${id}`)
}

/** Declares quotes as a cached keyspace. `l1Max`: entries in the memory of the process; none without it. */
export function declareQuotes(l1Max?: number) {
  return cached({
    key: 'quote:{id}',
    about: 'Quotes of about 500 bytes.',
    value: quoteSchema,
    ttl: '1h',
    ...(l1Max !== undefined && { l1: { max: l1Max, maxBytes: 2 ** 40 } }),
    loadMany: async (ids: readonly { readonly id: string }[]) => ids.map(({ id }) => quoteOf(id)),
  })
}

/** A state with quotes in Redis, filled with the first `count` of them; with `l1` in memory, too. */
export async function openQuotes(
  url: string,
  count: number,
  { l1 = false } = {},
): Promise<{ quote: Cached<{ readonly id: string }, Quote>; close(): Promise<void> }> {
  const state = await open({ quote: declareQuotes(l1 ? count : undefined) }, { store: redisStore({ url }) })
  const ids = idsUpTo(count)
  // The second time a fill of our own has been heard of, and what is read stays in memory.
  for (let pass = 0; pass < 2; pass++)
    for (let start = 0; start < count; start += 1_000)
      await state.quote.getMany(ids.slice(start, start + 1_000))
  return { quote: state.quote, close: () => state.close() }
}
