import { drizzle } from 'drizzle-orm/node-postgres'
import { sql } from 'drizzle-orm'
import {
  DeclarationError,
  FinalFailure,
  idempotency,
  IdempotencyConflictError,
  IdempotencyMismatchError,
  InvalidValueError,
  LeaseLostError,
  open,
  type State,
} from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { useProgram } from '../../processes/program.ts'
import { eventually } from '../../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import type { Session } from '../strong/bank.ts'
import type { CallerOrder } from './caller.ts'

// An operation that is run once over all who ask for it, on a real PostgreSQL.

const startCaller = useProgram(new URL('./caller.ts', import.meta.url))
const sale = idempotency({
  key: 'sale:{key}',
  about: 'A sale.',
  value: z.object({ sold: z.number() }),
  ttl: '1h',
  lease: '1s',
})

let database: FreshDatabase
let pool: pg.Pool
let one: State<{ sale: typeof sale }, Session>
let two: typeof one
let counter = 0
const freshId = (): { key: string } => ({ key: `k${counter++}` })

beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, query_timeout: 10_000 })
  pool.on('error', () => undefined)
  await pool.query(`CREATE TABLE effect (id bigserial PRIMARY KEY, key text);
    CREATE TABLE death (key text, number bigint, PRIMARY KEY (key, number))`)
  const node = () => open({ sale }, { truth: drizzleTruth<Session>(drizzle(pool)) })
  one = await node()
  two = await node()
})
afterAll(async () => {
  await Promise.all([one.close(), two.close()])
  await pool.end()
  await database.drop()
})

const change = (tx: Session, key: string): Promise<unknown> =>
  tx.execute(sql`INSERT INTO effect (key) VALUES (${key})`)
const effects = async (key: string): Promise<unknown> =>
  (await pool.query('SELECT count(*)::int AS n FROM effect WHERE key = $1', [key])).rows[0]?.n
const never = (): Promise<never> => Promise.reject(new Error('must not run'))

test('the first one works; later ones get its result', async () => {
  const id = freshId()
  const first = await one.sale.run(id, 'sell 5', (attempt) =>
    attempt.commit(async (tx) => {
      await change(tx, id.key)
      return { sold: 5 }
    }),
  )
  expect(first).toEqual({ result: { sold: 5 }, replayed: false })
  expect(await two.sale.run(id, 'sell 5', never)).toEqual({ result: { sold: 5 }, replayed: true })
  expect(await effects(id.key)).toBe(1)
  await expect(two.sale.run(id, 'sell 6', never)).rejects.toThrow(IdempotencyMismatchError)
})

test('work that commits nothing itself has its result stored', async () => {
  const id = freshId()
  expect(await one.sale.run(id, 'x', async () => ({ sold: 1 }))).toEqual({
    result: { sold: 1 },
    replayed: false,
  })
  expect(await one.sale.find(id, 'x')).toEqual({ state: 'done', result: { sold: 1 } })
})

test('a concurrent one waits for the result, or is told when to come back', async () => {
  const id = freshId()
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))
  const first = one.sale.run(id, 'x', async () => {
    await finished
    return { sold: 1 }
  })
  await eventually(async () => (await one.sale.find(id, 'x')) !== undefined)
  for (const node of [one, two]) {
    const refused = await node.sale.run(id, 'x', never).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(IdempotencyConflictError)
    expect((refused as IdempotencyConflictError).retryAfterMs).toBeLessThanOrEqual(1_000)
    await expect(node.sale.run(id, 'y', never)).rejects.toThrow(IdempotencyMismatchError)
  }
  const waiting = [one, two, one, two].map((node) => node.sale.run(id, 'x', never, { wait: '10s' }))
  // Longer than its lease: it is renewed.
  await new Promise((resolve) => setTimeout(resolve, 1_300))
  finish()
  expect((await first).replayed).toBe(false)
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ result: { sold: 1 }, replayed: true })))
})

test('while one commits for longer than its lease, nobody waits longer than asked to, and no connection does', async () => {
  const id = freshId()
  let begun = false
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))
  const first = one.sale.run(id, 'x', (attempt) =>
    attempt.commit(async () => {
      begun = true
      await finished
      return { sold: 1 }
    }),
  )
  await eventually(() => begun)
  await eventually(async () => {
    const known = await two.sale.find(id, 'x')
    return known?.state === 'running' && (known.leftMs ?? 0) < -500
  })
  const waiting = two.sale.run(id, 'x', never, { wait: '200ms' }).catch((error: unknown) => error)
  const late = new Promise((resolve) => setTimeout(resolve, 5_000, 'still waiting'))
  expect(await Promise.race([waiting, late])).toBeInstanceOf(IdempotencyConflictError)
  const { rows } = await pool.query(
    `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  expect(rows).toEqual([])
  const replayed = two.sale.run(id, 'x', never, { wait: '10s' })
  finish()
  expect(await first).toEqual({ result: { sold: 1 }, replayed: false })
  expect(await replayed).toEqual({ result: { sold: 1 }, replayed: true })
})

test('a failure for good is stored and replayed, and its changes are not there', async () => {
  const id = freshId()
  const broke = one.sale.run(id, 'x', (attempt) =>
    attempt.commit(async (tx) => {
      await change(tx, id.key)
      throw new FinalFailure('BROKE', 'no money')
    }),
  )
  await expect(broke).rejects.toMatchObject({ reason: 'BROKE', replayed: false })
  const again = two.sale.run(id, 'x', never)
  await expect(again).rejects.toMatchObject({ reason: 'BROKE', message: 'no money', replayed: true })
  expect(await effects(id.key)).toBe(0)
  expect(await two.sale.find(id, 'x')).toEqual({ state: 'failed', reason: 'BROKE', message: 'no money' })
})

test('any other failure, or a result that fits nothing, lets the next one try at once', async () => {
  const id = freshId()
  await expect(one.sale.run(id, 'x', () => Promise.reject(new Error('reset')))).rejects.toThrow('reset')
  const wrong = one.sale.run(id, 'x', (attempt) =>
    attempt.commit(async (tx) => {
      await change(tx, id.key)
      return { sold: 'five' } as never
    }),
  )
  await expect(wrong).rejects.toThrow(InvalidValueError)
  expect(await effects(id.key)).toBe(0)
  let attempts = 0
  await two.sale.run(id, 'x', async ({ attempt }) => ({ sold: (attempts = attempt) }))
  expect(attempts).toBe(3)
})

test('a hook finds out what became of a try that was left undone', async () => {
  const [id, other] = [freshId(), freshId()]
  for (const each of [id, other])
    await one.sale.run(each, 'x', () => Promise.reject(new Error('reset'))).catch(() => undefined)
  const found = await two.sale.run(id, 'x', never, { onTakeover: async () => ({ sold: 7 }) })
  expect(found.result).toEqual({ sold: 7 })
  const nothing = { onTakeover: async () => undefined }
  expect((await two.sale.run(other, 'x', async () => ({ sold: 8 }), nothing)).result).toEqual({ sold: 8 })
  const untouched = { onTakeover: never }
  expect((await two.sale.run(freshId(), 'x', async () => ({ sold: 9 }), untouched)).result).toEqual({
    sold: 9,
  })
})

test('a holder that was taken over changes nothing any more', async () => {
  const id = freshId()
  const late = one.sale.run(id, 'x', async (attempt) => {
    // As if its process had been paused for longer than the lease.
    await pool.query("UPDATE holdfast_idempotency SET held_until = now() - interval '1s' WHERE key = $1", [
      `sale:${id.key}`,
    ])
    await two.sale.run(id, 'x', (next) =>
      next.commit(async (tx) => {
        await change(tx, id.key)
        return { sold: 2 }
      }),
    )
    return attempt.commit(async (tx) => {
      await change(tx, id.key)
      return { sold: 1 }
    })
  })
  await expect(late).rejects.toThrow(LeaseLostError)
  expect(await effects(id.key)).toBe(1)
  expect((await one.sale.run(id, 'x', never)).result).toEqual({ sold: 2 })
})

test('an operation that was begun by hand is never taken over', async () => {
  const id = freshId()
  await one.write(async (tx) => void (await one.sale.begin(tx, id, 'x')))
  await expect(one.sale.run(id, 'x', never)).rejects.toThrow(IdempotencyConflictError)
  await expect(one.sale.run(id, 'x', never, { wait: 'soon' as '1s' })).rejects.toThrow(DeclarationError)
})

test('it runs at a statement of its own to claim, and no more than two beside the work in its transaction', async () => {
  const statements: string[] = []
  const truth = drizzleTruth<Session>(drizzle(pool))
  const counted = await open(
    { sale },
    {
      truth: {
        ...truth,
        query: (session, statement, parameters) => {
          statements.push(statement)
          return truth.query(session, statement, parameters)
        },
      },
    },
  )
  statements.length = 0
  await counted.sale.run(freshId(), 'x', (attempt) => attempt.commit(async () => ({ sold: 1 })))
  expect(statements.filter((text) => text.includes('holdfast_idempotency'))).toHaveLength(3)
  await counted.close()
})

/** Of each of four processes. `CALLERS=1000` for the whole proof: so many in all. */
const CALLERS = Number(process.env['CALLERS'] ?? 160) / 4

test.each(['never', 'claimed', 'changed', 'stored', 'committed'] as const)(
  'many in four processes, holders killed when %s: one effect, one result for all who live',
  async (dieAt) => {
    const key = `crash-${dieAt}`
    const order: CallerOrder = {
      databaseUrl: database.url,
      key,
      callers: CALLERS,
      dieAt,
      deaths: dieAt === 'committed' ? 1 : 2,
    }
    const children = Array.from({ length: 4 }, () => startCaller(order))
    const reports = await Promise.all(
      children.map(
        (child) => child.next().catch(() => undefined) as Promise<{ results: string[] } | undefined>,
      ),
    )
    const lived = reports.filter((report) => report !== undefined)
    expect(lived).toHaveLength(dieAt === 'never' ? 4 : 4 - order.deaths)
    const { rows } = await pool.query('SELECT id::text AS id FROM effect WHERE key = $1', [key])
    expect(rows).toHaveLength(1)
    expect(lived.map(({ results }) => results)).toEqual(lived.map(() => [rows[0]?.id]))
    process.stdout.write(
      `${CALLERS * 4} callers in 4 processes, ${4 - lived.length} holders killed when ${dieAt}: ${rows.length} effect, one result for ${lived.length * CALLERS} callers\n`,
    )
  },
  60_000,
)
