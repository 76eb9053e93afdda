/**
 * What must compile, and what must not, of what stands on PostgreSQL. An unused `@ts-expect-error` is itself an error.
 * Checked by `npm run check`; nothing here runs.
 */
import type { NodePgDatabase, NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import {
  cached,
  idempotency,
  type Changes,
  type Idempotency,
  limiter,
  type Limiter,
  lock,
  open,
  strong,
  type Strong,
  type Truth,
  type Write,
} from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Equal<A, B>): void {
  // The type of the parameter is the test.
}

type Session = PgDatabase<NodePgQueryResultHKT>
interface Account {
  readonly amount: string
}
declare const db: NodePgDatabase
declare function find(tx: Session, id: string): Promise<Account | null>
const Amount = z.object({ amount: z.string() })

const account = strong({
  key: 'account:{id}',
  about: 'What an account holds.',
  value: Amount,
  row: true,
  load: ({ id }, tx: Session) => find(tx, id),
})
const total = strong({
  key: 'total:{owner}',
  about: 'Of all accounts.',
  value: z.bigint(),
  load: async (_id, tx: Session) => ((await find(tx, '')) ? 1n : null),
  loadMany: async (ids, tx: Session) => {
    await find(tx, '')
    return ids.map(({ owner }) => BigInt(owner))
  },
})
const sale = idempotency({ key: 'sale:{key}', about: 'A sale.', value: z.string(), ttl: '1d' })
const rate = limiter({ key: 'rate:{user}', about: 'Sales.', rate: '10/60s', onStoreDown: 'deny' })
const note = cached({ key: 'note:{id}', about: 'Notes.', value: z.string(), ttl: '1m' })
const stop = lock({ key: 'lock:{id}', about: 'One at a time.', lease: '1s' })

export async function opening(): Promise<void> {
  const truth = drizzleTruth<Session>(db)
  same<typeof truth, Truth<Session>>(true)

  const state = await open({ account, total }, { truth })
  same<typeof state.account, Strong<{ readonly id: string }, { amount: string }>>(true)
  same<typeof state.write, Write<Session>>(true)
  same<Awaited<ReturnType<typeof state.total.get>>, bigint | null>(true)
  const operations = await open({ sale }, { truth })
  same<typeof operations.sale, Idempotency<{ readonly key: string }, string, Session, Changes>>(true)
  // All kinds go together.
  await open({ account, total, sale, note, rate, stop }, { truth })
  await open({ sale, rate }, { truth })

  // A truth alone gives `write`; without one there is none.
  const cachedOnly = await open({ note }, { truth })
  same<typeof cachedOnly.write, Write<Session>>(true)
  const limited = await open({ rate, note, stop })
  same<typeof limited.rate, Limiter<{ readonly user: string }>>(true)
  // @ts-expect-error -- nothing to write to
  await limited.write(async () => 1)

  // @ts-expect-error -- a strong keyspace stands on PostgreSQL
  await open({ account })
  // @ts-expect-error -- so does idempotency
  await open({ sale })
  // @ts-expect-error -- also when there are others
  await open({ account, note }, {})

  interface Other {
    execute(statement: string): Promise<unknown>
    readonly isOther: true
  }
  const otherTruth = {} as Truth<Other>
  // @ts-expect-error -- the loaders ask for another session than this truth has
  await open({ account }, { truth: otherTruth })
}

export async function writing(): Promise<void> {
  const state = await open({ account, total }, { truth: drizzleTruth<Session>(db) })
  const result = await state.write(
    async (tx, changes) => {
      same<typeof tx, Session>(true)
      changes.touch(account, { id: '1' })
      changes.put(account, { id: '1' })
      changes.touch(total, { owner: '1' })
      changes.touch(note, { id: '1' })

      // @ts-expect-error -- it is derived from many rows: touch it
      changes.put(total, { owner: '1' })
      // @ts-expect-error -- so is a cached value
      changes.put(note, { id: '1' })
      // @ts-expect-error -- a parameter of another keyspace
      changes.touch(account, { owner: '1' })
      // @ts-expect-error -- a parameter is missing
      changes.put(account, {})
      // @ts-expect-error -- a lock has no value that changes
      changes.touch(stop, { id: '1' })
      // @ts-expect-error -- nor has a limit
      changes.touch(rate, { user: '1' })
      return 5
    },
    { isolation: 'serializable' },
  )
  same<typeof result, number>(true)
  // @ts-expect-error -- PostgreSQL has no such level
  await state.write(async () => 1, { isolation: 'snapshot' })
  // @ts-expect-error -- a value is read-only
  for (const value of await state.account.getMany([{ id: '1' }])) if (value) value.amount = '2'
  // @ts-expect-error -- a strong value is set by a transaction of the truth, not in the store
  await state.account.set({ id: '1' }, { amount: '1' })
  // @ts-expect-error -- no age is a bound here: a strong read is never old
  await state.account.get({ id: '1' }, { maxAge: '5s' })
}

const sound = { key: 'a:{id}', about: 'x', value: z.string(), load: async () => 'x' } as const
// @ts-expect-error -- what it would be stale by
strong({ ...sound, staleWhileRevalidate: '5s' })
// @ts-expect-error -- likewise
strong({ ...sound, staleIfError: '5s' })
// @ts-expect-error -- memory of a process hears of a change after others do
strong({ ...sound, l1: { max: 10 } })
// @ts-expect-error -- without a loader nobody could read it
strong({ key: 'a:{id}', about: 'x', value: z.string() })
// @ts-expect-error -- the loader answers with another type than the schema's
strong({ ...sound, load: async () => 5 })
// @ts-expect-error -- the pattern has no such parameter
strong({ ...sound, load: async ({ wallet }: { wallet: string }) => wallet })
// @ts-expect-error -- the slot is a parameter
strong({ ...sound, slot: 'user' })
// @ts-expect-error -- an outcome that is kept for ever would fill the table
idempotency({ key: 'a:{id}', about: 'x', value: z.string() })
// @ts-expect-error -- somebody must decide what an outage means
limiter({ key: 'a:{id}', about: 'x', rate: '1/1s' })
// @ts-expect-error -- a count in a duration
limiter({ key: 'a:{id}', about: 'x', rate: '10', onStoreDown: 'allow' })
