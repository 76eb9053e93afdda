/**
 * What must compile of wrapped functions, queries and writes, and what must not. See declarations.types.ts.
 */
import { cached, type Immutable, open, queries, type Truth, type Wrapped } from 'holdfast'
import { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Equal<A, B>): void {
  // The type of the parameter is the test.
}

const quote = cached({ key: 'quote:{pair}', about: 'x', value: z.object({ price: z.string() }), ttl: '1m' })
const volumes = queries({ key: 'volume', about: 'x', row: z.object({ asset: z.string() }) })
const reports = queries({ key: 'report', about: 'x' })
const away = queries({
  key: 'away',
  about: 'x',
  execute: async ({ sql }, { replica }: { replica: (sql: string) => Promise<object[]> }) => replica(sql),
})
declare const truth: Truth<{ run(): void }>
declare const replica: (sql: string) => Promise<object[]>

export async function wrapping(): Promise<void> {
  const state = await open({ quote })
  const get = state.quote.wrap(async ({ pair }, { signal }) => (signal.aborted ? null : { price: pair }))
  same<typeof get, Wrapped<{ readonly pair: string }, { price: string }>>(true)
  same<Awaited<ReturnType<typeof get>>, Immutable<{ price: string }> | null>(true)
  await get({ pair: 'SOL' }, { maxAge: '2s' })
  // @ts-expect-error -- another id
  await get({ asset: 'SOL' })
  // @ts-expect-error -- a price is a text
  state.quote.wrap(() => ({ price: 7 }))
  // @ts-expect-error -- there is no such parameter
  state.quote.wrap(({ asset }) => ({ price: asset }))
  const removed = await state.quote.delete({ pair: 'SOL' })
  same<typeof removed.existed, boolean>(true)
  // @ts-expect-error -- the value is missing
  await state.quote.setMany([[{ pair: 'SOL' }]])
}

export async function querying(): Promise<void> {
  const state = await open({ volumes, reports, away }, { truth, deps: { replica } })
  const rows = await state.volumes.run({ sql: 'SELECT 1', tables: [] })
  same<typeof rows, readonly Immutable<{ asset: string }>[]>(true)
  const any = await state.reports.run({ sql: 'SELECT 1', params: [1n, null, ['a']], tables: [] })
  const column: unknown = any[0]?.['x']
  // @ts-expect-error -- nobody said that it is a text
  const text: string | undefined = any[0]?.['x']
  void [column, text]
  // @ts-expect-error -- the tables are missing
  await state.reports.run({ sql: 'SELECT 1' })
  // @ts-expect-error -- an object is no parameter
  await state.reports.run({ sql: 'SELECT $1', params: [{ a: 1 }], tables: [] })
  // @ts-expect-error -- queries stand on the truth
  await open({ volumes })
  // @ts-expect-error -- what executes asks for a replica
  await open({ away })
  await open({ away }, { deps: { replica } })
  await state.write(async (_tx, changes) => {
    changes.touchTables(['trades'])
    // @ts-expect-error -- a list
    changes.touchTags('pair:SOL')
  })
}
