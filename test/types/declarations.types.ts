/**
 * What must compile, and what must not: an unused `@ts-expect-error` is itself an error. Checked by `npm run check`;
 * nothing here runs.
 */
import { type Cached, cached, lock, type Lock, open, type Reading } from 'holdfast'
import { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Equal<A, B>): void {
  // The type of the parameter is the test.
}

interface Feed {
  price(chain: string, asset: string): { price: string }
}
interface Archive {
  find(id: string): Promise<string | null>
}
const Price = z.object({ price: z.string() })

const price = cached({
  key: 'price:{chain}:{asset}',
  about: 'Last price.',
  value: Price,
  ttl: '30s',
  load: ({ chain, asset }, { feed }: { feed: Feed }) => feed.price(chain, asset),
})
const note = cached({
  key: 'note:{id}',
  about: 'Notes.',
  value: z.string(),
  ttl: '1m',
  load: ({ id }, { archive }: { archive: Archive }) => archive.find(id),
})
const plain = cached({ key: 'plain:{id}', about: 'No loader.', value: z.bigint(), ttl: '1m' })
const stop = lock({ key: 'lock:{positionId}', about: 'One at a time.', lease: '10s' })
declare const feed: Feed
declare const archive: Archive

export async function opening(): Promise<void> {
  const state = await open({ price, note, plain, stop }, { deps: { feed, archive } })
  same<typeof state.price, Cached<{ readonly chain: string; readonly asset: string }, { price: string }>>(
    true,
  )
  same<typeof state.stop, Lock<{ readonly positionId: string }>>(true)

  // Without loaders that ask for something, nothing must be given.
  await open({ plain, stop })
  await open({ plain, stop }, {})

  // @ts-expect-error -- the loaders of price and note ask for feed and archive
  await open({ price, note })
  // @ts-expect-error -- archive is missing
  await open({ price, note }, { deps: { feed } })
  // @ts-expect-error -- feed is of another type
  await open({ price }, { deps: { feed: archive } })
  // @ts-expect-error -- a name that the state uses itself
  await open({ close: plain })
  // @ts-expect-error -- no declaration
  await open({ price: { key: 'price:{a}' } }, { deps: { feed } })
}

export async function reading(): Promise<void> {
  const state = await open({ price, note, plain, stop }, { deps: { feed, archive } })
  const value = await state.price.get({ chain: 'solana', asset: 'So1' })
  same<typeof value, { readonly price: string } | null>(true)
  const reading = await state.price.read({ chain: 'solana', asset: 'So1' }, { maxAge: '30s' })
  same<typeof reading, Reading<{ price: string }>>(true)
  same<Awaited<ReturnType<typeof state.plain.get>>, bigint | null>(true)
  const peeked = state.note.peek({ id: '1' })
  same<typeof peeked, string | null | undefined>(true)

  // @ts-expect-error -- a parameter is missing
  await state.price.get({ chain: 'solana' })
  // @ts-expect-error -- a parameter that the pattern does not have
  await state.price.get({ chain: 'solana', asset: 'So1', wallet: 'w' })
  // @ts-expect-error -- parameters are texts
  await state.note.get({ id: 5 })
  // @ts-expect-error -- no duration
  await state.note.get({ id: '5' }, { maxAge: '30 seconds' })
  // @ts-expect-error -- values are read-only
  if (value) value.price = '1'
  // @ts-expect-error -- of another type
  await state.price.set({ chain: 'solana', asset: 'So1' }, { price: 1 })
  // @ts-expect-error -- a lock has no value
  await state.stop.get({ positionId: '1' })
}

// @ts-expect-error -- the loader answers with another type than the schema's
cached({ key: 'a:{id}', about: 'x', value: z.string(), ttl: '1m', load: () => 5 })
cached({
  key: 'a:{id}',
  about: 'x',
  value: z.string(),
  ttl: '1m',
  // @ts-expect-error -- the pattern has no such parameter
  load: ({ wallet }) => wallet as string,
})
// @ts-expect-error -- a cached keyspace without a ttl would grow for ever
cached({ key: 'a:{id}', about: 'x', value: z.string() })
// @ts-expect-error -- an L1 without a bound would grow for ever
cached({ key: 'a:{id}', about: 'x', value: z.string(), ttl: '1m', l1: {} })
// @ts-expect-error -- the slot is a parameter
cached({ key: 'a:{id}', about: 'x', value: z.string(), ttl: '1m', slot: 'user' })
// @ts-expect-error -- durations have a unit
cached({ key: 'a:{id}', about: 'x', value: z.string(), ttl: 30 })
// @ts-expect-error -- a lock without a lease would be held for ever by whoever dies
lock({ key: 'lock:{id}', about: 'x' })
