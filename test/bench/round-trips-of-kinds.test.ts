import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { roundTripsOfKinds } from '../../bench/round-trips-of-kinds.ts'
import { freshDatabase } from '../servers/postgres.ts'
import { privateRedis } from '../servers/redis.ts'

test('most calls of limiters, locks and sessions are one round trip, some two; idempotency asks PostgreSQL alone', async () => {
  const redis = await privateRedis()
  onTestFinished(() => redis.stop())
  const database = await freshDatabase()
  const pool = new pg.Pool({ connectionString: database.url, max: 4 })
  onTestFinished(async () => {
    await pool.end()
    await database.drop()
  })
  const costs = await roundTripsOfKinds(redis.url, pool)
  const lines = costs.map(
    ({ kind, call, commands, statements }) =>
      `${kind} ${call}: ${commands.join(' ') || 'none'}${statements > 0 ? `, ${statements} statements` : ''}`,
  )
  expect(lines).toEqual([
    'limiter take: EVALSHA',
    'limiter take of a sliding log: EVALSHA',
    'limiter takeAll of two limits: EVALSHA',
    'lock run: acquire and release: EVALSHA EVALSHA',
    'lock tryRun that is refused: EVALSHA',
    'idempotency run: none, 4 statements',
    'idempotency run that is replayed: none, 2 statements',
    'session create: EVALSHA',
    'session get: EVALSHA',
    'session update: EVALSHA EVALSHA',
    'session rotate: EVALSHA EVALSHA',
    'session list: EVALSHA',
    'session revoke: EVALSHA',
    'session revokeAll: EVALSHA',
  ])
})
