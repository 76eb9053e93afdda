import { expect, onTestFinished, test } from 'vitest'
import { OF_ONE, sessionsAmong } from '../../bench/sessions-among.ts'
import { privateRedis } from '../servers/redis.ts'

// The bench does the same among 100,000.

test('the sessions of one user are listed and ended by one command each, without a scan, among those of others', async () => {
  const redis = await privateRedis()
  onTestFinished(() => redis.stop())
  const { commands, scans, listed, ended, left } = await sessionsAmong(redis.url, 500)
  expect(commands).toEqual({
    get: ['EVALSHA'],
    list: ['EVALSHA'],
    revoke: ['EVALSHA'],
    revokeAll: ['EVALSHA'],
  })
  expect({ scans, listed, ended, left }).toEqual({ scans: 0, listed: OF_ONE, ended: OF_ONE - 2, left: 500 })
})
