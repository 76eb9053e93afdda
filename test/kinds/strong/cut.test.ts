import { stores } from '../../servers/stores.ts'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { type Bank, openBank, type Session } from './bank.ts'

// Money moves between two accounts. Whoever reads both, sees all of it, wherever the answer comes from.

const MOVES = 400
const READERS = 6

let database: FreshDatabase
let bank: Bank
beforeAll(async () => {
  database = await freshDatabase()
  bank = await openBank(database.url)
})
afterAll(async () => {
  await bank.close()
  await database.drop()
})

const [from, to] = [{ id: 'from' }, { id: 'to' }]
async function move(tx: Session, amount: number): Promise<void> {
  // One lock order for all writers.
  await tx.execute(sql`UPDATE account SET amount = amount - ${amount} WHERE id = 'from'`)
  await tx.execute(sql`UPDATE account SET amount = amount + ${amount} WHERE id = 'to'`)
}

test.each(Object.entries(stores))('%s: getMany is one cut, under writers', async (_name, make) => {
  await bank.pool.query(`INSERT INTO account (id, amount) VALUES ('from', 1000), ('to', 0)
    ON CONFLICT (id) DO UPDATE SET amount = excluded.amount`)
  const store = make()
  const [writer, reader] = [await bank.node(store), await bank.node(store)]
  const course = { isOver: false }
  const torn: unknown[] = []
  let reads = 0
  const read = async (turn: number): Promise<void> => {
    while (!course.isOver) {
      // Both ways round, and in single reads in between, so that each key is filled at another time.
      const values = await reader.account.getMany(turn % 2 === 0 ? [from, to] : [to, from])
      const sum = values.reduce((all, value) => all + Number(value?.amount), 0)
      if (sum !== 1000) torn.push(values)
      if (++reads % 7 === 0) await reader.account.get(turn % 2 === 0 ? to : from)
      // Memory answers within one turn of the event loop, and the writer must get its own.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const readers = Array.from({ length: READERS }, (_, turn) => read(turn))
  for (let round = 0; round < MOVES; round++) {
    await writer.write(async (tx, changes) => {
      await move(tx, round % 2 === 0 ? 10 : -10)
      const change = round % 3 === 0 ? 'touch' : 'put'
      changes[change](bank.keyspaces.account, from)
      changes[change](bank.keyspaces.account, to)
    })
  }
  course.isOver = true
  await Promise.all(readers)
  const { l2Hits, loads } = reader.account.counts()
  await Promise.all([writer.close(), reader.close()])
  expect(torn).toEqual([])
  // Both ways to answer were taken.
  expect(Math.min(l2Hits, loads, reads)).toBeGreaterThan(50)
})
