import { drizzle } from 'drizzle-orm/node-postgres'
import {
  ClosedError,
  DeclarationError,
  idempotency,
  IdempotencyMismatchError,
  IdempotencyNotBegunError,
  InvalidValueError,
  open,
  type State,
} from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { Session } from '../strong/bank.ts'
import { eventually } from '../../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'

// The outcome of an operation, stored with its effect: in PostgreSQL, in the caller's transaction.

const sale = idempotency({
  key: 'idempotency:sale:{key}',
  about: 'A sale.',
  value: z.object({ sold: z.bigint() }).nullable(),
  ttl: '1h',
  maxValueBytes: 100,
})
const brief = idempotency({ key: 'idempotency:brief:{key}', about: 'x', value: z.string(), ttl: '1s' })
const keyspaces = { sale, brief }

let database: FreshDatabase
let pool: pg.Pool
let state: State<typeof keyspaces, Session>
let counter = 0
const freshId = (): { key: string } => ({ key: `k${counter++}` })
const truth = (): ReturnType<typeof drizzleTruth<Session>> => drizzleTruth<Session>(drizzle(pool))

beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, query_timeout: 10_000 })
  pool.on('error', () => undefined)
  // All at once make the table: one makes it, nobody fails.
  const all = await Promise.all(Array.from({ length: 8 }, () => open(keyspaces, { truth: truth() })))
  state = all[0] as typeof state
})
afterAll(async () => {
  await state.close()
  await pool.end()
  await database.drop()
})

/** Begins and completes, each in a transaction of its own. */
async function run(id: { key: string }, sold = 5n): Promise<void> {
  await state.write(async (tx) => {
    expect(await state.sale.begin(tx, id, 'sell 5')).toEqual({ state: 'new' })
  })
  await state.write((tx) => state.sale.complete(tx, id, { sold }))
}

test('an operation is new, then running, then done with its outcome, for everybody', async () => {
  const id = freshId()
  expect(await state.sale.find(id, 'sell 5')).toBeUndefined()
  await state.write(async (tx) => {
    expect(await state.sale.begin(tx, id, 'sell 5')).toEqual({ state: 'new' })
  })
  expect(await state.sale.find(id, 'sell 5')).toMatchObject({ state: 'running' })
  await state.write(async (tx) => {
    const again = await state.sale.begin(tx, id, 'sell 5')
    expect(again).toMatchObject({ state: 'running' })
    expect((again as { ageMs: number }).ageMs).toBeLessThan(60_000)
  })
  await state.write((tx) => state.sale.complete(tx, id, { sold: 5n }))
  expect(await state.sale.find(id, 'sell 5')).toEqual({ state: 'done', result: { sold: 5n } })
  await state.write(async (tx) => {
    expect(await state.sale.begin(tx, id, 'sell 5')).toEqual({ state: 'done', result: { sold: 5n } })
  })
})

test('an outcome may be nothing', async () => {
  const id = freshId()
  await state.write(async (tx) => {
    await state.sale.begin(tx, id, 'x')
    await state.sale.complete(tx, id, null)
  })
  expect(await state.sale.find(id, 'x')).toEqual({ state: 'done', result: null })
})

test('the same id for something else is refused, running or done', async () => {
  const id = freshId()
  await state.write(async (tx) => void (await state.sale.begin(tx, id, 'sell 5')))
  const again = (): Promise<unknown> => state.write((tx) => state.sale.begin(tx, id, 'sell 6'))
  await expect(again()).rejects.toThrow(IdempotencyMismatchError)
  await expect(state.sale.find(id, 'sell 6')).rejects.toThrow(/was used before with another request/)
  await state.write((tx) => state.sale.complete(tx, id, null))
  await expect(again()).rejects.toThrow(IdempotencyMismatchError)
})

test('of many who begin at once one is new; the others wait for its transaction, and see what it did', async () => {
  const id = freshId()
  const began = await Promise.all(
    Array.from({ length: 8 }, () =>
      state.write(async (tx) => {
        const begun = await state.sale.begin(tx, id, 'sell 5')
        if (begun.state === 'new') await state.sale.complete(tx, id, { sold: 5n })
        return begun
      }),
    ),
  )
  expect(began.filter(({ state }) => state === 'new')).toHaveLength(1)
  expect(began.filter(({ state }) => state === 'done')).toHaveLength(7)
})

test('what is rolled back was never begun, and who waited for it is next', async () => {
  const id = freshId()
  let began: () => void = () => undefined
  const hasBegun = new Promise<void>((resolve) => (began = resolve))
  const failing = state.write(async (tx) => {
    await state.sale.begin(tx, id, 'sell 5')
    began()
    await eventually(async () => {
      const { rows } = await pool.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
      return rows.length > 0
    })
    throw new Error('no')
  })
  // Not from within the first one's body: that would be a write inside of a write.
  const waiting = hasBegun.then(() => state.write((other) => state.sale.begin(other, id, 'sell 5')))
  await expect(failing).rejects.toThrow('no')
  expect(await waiting).toEqual({ state: 'new' })
})

test('the first outcome stays', async () => {
  const id = freshId()
  await run(id, 5n)
  await state.write((tx) => state.sale.complete(tx, id, { sold: 9n }))
  expect(await state.sale.find(id, 'sell 5')).toEqual({ state: 'done', result: { sold: 5n } })
})

test('an outcome that fits nothing, or an operation that nobody began, is refused', async () => {
  const id = freshId()
  const complete = (result: unknown): Promise<void> =>
    state.write((tx) => state.sale.complete(tx, id, result as null))
  await expect(complete(null)).rejects.toThrow(IdempotencyNotBegunError)
  await expect(complete(null)).rejects.toThrow(new RegExp(`idempotency:sale:${id.key} is not running`))
  await expect(complete({ sold: 5 })).rejects.toThrow(InvalidValueError)
  await expect(complete({ sold: 10n ** 90n })).rejects.toThrow(/more than the 100 of maxValueBytes/)
})

test('after its ttl an operation may be done anew, and is swept out', async () => {
  const [id, other] = [freshId(), freshId()]
  const begin = (of: { key: string }, what: string): Promise<unknown> =>
    state.write((tx) => state.brief.begin(tx, of, what))
  await begin(id, 'a')
  await begin(other, 'a')
  await state.write((tx) => state.brief.complete(tx, id, 'done'))
  expect(await state.brief.sweep()).toBe(0)
  await eventually(async () => (await state.brief.find(id, 'a')) === undefined)
  // Another operation under the same id: the time of the first one is over.
  expect(await begin(id, 'b')).toEqual({ state: 'new' })
  expect(await state.brief.find(id, 'b')).toMatchObject({ state: 'running' })
  expect(await state.brief.sweep()).toBe(1)
  expect(await state.brief.find(id, 'b')).toMatchObject({ state: 'running' })
  await expect(state.brief.sweep(0)).rejects.toThrow(RangeError)
})

test('ids and outcomes may hold what SQL takes for its own', async () => {
  const id = { key: `it's \\ "q" $1 ; --${counter++}` }
  const text = `E'\\'; DROP TABLE holdfast_idempotency; -- \n žluťoučký 🐎 \\u0000`
  await state.write(async (tx) => {
    await state.brief.begin(tx, id, text)
    await state.brief.complete(tx, id, text)
  })
  expect(await state.brief.find(id, text)).toEqual({ state: 'done', result: text })
})

test('after close it says so', async () => {
  const other = await open(keyspaces, { truth: truth() })
  await other.close()
  await expect(other.sale.find(freshId(), 'x')).rejects.toThrow(ClosedError)
})

test.each([
  ['about', { about: '' }],
  ['ttl', { ttl: '1ms' }],
  ['maxValueBytes', { maxValueBytes: -1 }],
  ['value', { value: 'text' }],
  ['lease', { lease: '1ms' }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const sound = { key: 'i:{id}', about: 'x', value: z.string(), ttl: '1h' } as const
  const declare = (): unknown => idempotency({ ...sound, ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`idempotency('i:{id}').${field}`)
})
