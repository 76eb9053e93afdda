import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { type CodingSpec, open, strong } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { stores } from '../../servers/stores.ts'
import type { Session } from './bank.ts'

/** A ledger is a row that says how many entries it has; they are as of its version. */
const declare = (coding: CodingSpec) =>
  strong({
    key: 'ledger:{id}',
    about: 'Entries of a ledger.',
    value: z.array(z.object({ version: z.number(), amount: z.bigint() })),
    row: true,
    ...coding,
    load: async ({ id }, tx: Session) => {
      const { rows } = await tx.execute<{ version: number; size: number }>(
        sql`SELECT version, size FROM ledger WHERE id = ${id}`,
      )
      return rows[0] && entries(rows[0].version, rows[0].size)
    },
  })
const entries = (version: number, size: number) =>
  Array.from({ length: size }, (_, n) => ({ version, amount: BigInt(n) ** 3n }))

const codings: readonly CodingSpec[] = [
  {},
  { codec: msgpack },
  { compress: { above: '500B' } },
  { codec: msgpack, compress: { above: '500B' } },
]

describe.each(Object.entries(stores))('%s', (_name, make) => {
  let database: FreshDatabase
  let pool: pg.Pool
  const closing: { close(): Promise<void> }[] = []

  beforeAll(async () => {
    database = await freshDatabase()
    pool = new pg.Pool({ connectionString: database.url, connectionTimeoutMillis: 8_000 })
    await pool.query('CREATE TABLE ledger (id text PRIMARY KEY, version integer, size integer)')
  })
  afterEach(() => Promise.all(closing.splice(0).map((each) => each.close())))
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  /** Processes with these codings, on one store. */
  async function nodes<Codings extends readonly CodingSpec[]>(...each: Codings) {
    const store = make()
    const truth = drizzleTruth<Session>(drizzle(pool))
    return Promise.all(
      each.map(async (coding) => {
        const ledger = declare(coding)
        const state = await open({ ledger }, { store, truth })
        closing.push(state)
        // Transactions of other tests may be in the way of its gate.
        await eventually(async () => state.gate()?.isTrusted === true, 20_000)
        const write = (how: 'put' | 'touch', id: string, version: number, size: number): Promise<unknown> =>
          state.write(async (tx, changes) => {
            changes[how](ledger, { id })
            await tx.execute(
              sql`INSERT INTO ledger VALUES (${id}, ${version}, ${size})
                  ON CONFLICT (id) DO UPDATE SET version = ${version}, size = ${size}`,
            )
          })
        return { ...state, write }
      }),
    )
  }

  test.each(codings)('%j: loads, puts and reads of many agree on what is stored', async (coding) => {
    const [a, b] = await nodes(coding, coding)
    if (!a || !b) throw new Error('two nodes')
    // Nothing, little, and so much that it is unpacked off the event loop.
    for (const [version, size] of [0, 3, 40, 4_000].entries()) {
      await a.write('put', 'x', version, size)
      expect(await b.ledger.read({ id: 'x' })).toEqual({ value: entries(version, size), tier: 'l2' })
      await a.write('touch', 'y', version, size)
      expect(await b.ledger.read({ id: 'y' })).toEqual({ value: entries(version, size), tier: 'source' })
      await eventually(async () => (await a.ledger.read({ id: 'y' })).tier === 'l2')
      expect(await a.ledger.getMany([{ id: 'x' }, { id: 'y' }])).toEqual([
        entries(version, size),
        entries(version, size),
      ])
    }
    expect(await a.ledger.get({ id: 'none' })).toBeNull()
    await eventually(async () => (await b.ledger.read({ id: 'none' })).tier === 'l2')
    expect(a.ledger.counts().badEntries + b.ledger.counts().badEntries).toBe(0)
  })

  test.each(codings.slice(1))(
    '%j: reads JSON; JSON reads it from PostgreSQL, and says so',
    async (coding) => {
      const [now, plain] = await nodes(coding, {})
      if (!now || !plain) throw new Error('two nodes')
      await plain.write('put', 'z', 1, 100)
      expect(await now.ledger.read({ id: 'z' })).toEqual({ value: entries(1, 100), tier: 'l2' })
      await now.write('put', 'z', 2, 100)
      const problems: unknown[] = []
      const listener = (message: unknown): void => void problems.push(message)
      subscribe('holdfast:bad-entry', listener)
      onTestFinished(() => void unsubscribe('holdfast:bad-entry', listener))
      expect(await plain.ledger.read({ id: 'z' })).toEqual({ value: entries(2, 100), tier: 'source' })
      expect(problems).toMatchObject([{ keyspace: 'ledger', key: 'ledger:z' }])
      // A write of either makes it readable again.
      await plain.write('put', 'z', 3, 100)
      expect(await now.ledger.read({ id: 'z' })).toEqual({ value: entries(3, 100), tier: 'l2' })
    },
  )
})
