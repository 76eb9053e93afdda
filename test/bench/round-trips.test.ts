import { createClient } from '@redis/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { roundTripsOf } from '../../bench/round-trips.ts'
import type { EmbeddedRedis } from '../../src/embedded/index.ts'
import { privateRedis } from '../servers/redis.ts'

let redis: EmbeddedRedis
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  redis = await privateRedis()
  client = createClient({ url: redis.url })
  await client.connect()
})
afterAll(async () => {
  client.destroy()
  await redis.stop()
})

test('a command, a script and a transaction are one round trip each; upkeep is none', async () => {
  const seen = await roundTripsOf(redis.url, async () => {
    await client.set('a', '1')
    await client.eval("redis.call('SET', KEYS[1], '2') return redis.call('GET', KEYS[1])", { keys: ['b'] })
    await client.multi().set('c', '3').del('d').exec()
    await client.ping()
  })
  expect(seen).toEqual(['SET', 'EVAL', 'EXEC'])
})

test('what went before and comes after is not counted', async () => {
  await client.set('before', '1')
  const seen = await roundTripsOf(redis.url, () => client.get('before'))
  await client.set('after', '1')
  expect(seen).toEqual(['GET'])
})
