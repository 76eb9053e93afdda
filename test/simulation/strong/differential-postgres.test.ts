import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { differPostgres } from './differential-postgres.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

test('1,500 random statements: PostgreSQL and the fake agree', { timeout: 60_000 }, async () => {
  const met = await differPostgres(database.url, 1_500, 1)
  // Serialization failures, errors, doomed transactions, waits for locks.
  expect([...met.keys()]).toEqual(
    expect.arrayContaining(['rows', '40001', '22012', '25P02', 'waits', 'COMMIT', 'ROLLBACK']),
  )
})
