import { describe, expect, test } from 'vitest'
import { SettingError } from '../../src/domain/desk-error.ts'
import { readSettings } from '../../src/ops/settings.ts'

/** What is refused, and how that is said. */
function refusal(environment: Record<string, string>): { setting: string; message: string } {
  try {
    readSettings({}, environment)
  } catch (error) {
    if (error instanceof SettingError) return { setting: error.setting, message: error.message }
    throw error
  }
  throw new Error('it was accepted')
}

test('without any there is a default for each', () => {
  expect(readSettings({}, {})).toEqual({
    databaseUrl: undefined,
    redisUrl: undefined,
    port: 4_400,
    healthPort: undefined,
    host: '127.0.0.1',
    roles: ['api', 'worker', 'relay'],
    dataDir: '.data',
    jwtSecret: undefined,
    jwtTtlSeconds: 86_400,
    venueUrl: undefined,
    tradesPerMinute: 10,
    paperLatencyMs: 120,
    simulatorSeed: 'holdfast',
    logLevel: 'warn',
  })
})

test('each is read', () => {
  const environment = {
    DATABASE_URL: 'postgresql://me:x@db:5432/desk',
    REDIS_URL: 'rediss://cache:6380/1',
    PORT: '0',
    HEALTH_PORT: '4401',
    HOST: '0.0.0.0',
    ROLES: 'relay, worker,relay',
    DATA_DIR: '/var/lib/desk',
    JWT_SECRET: 's'.repeat(32),
    JWT_TTL_SECONDS: '60',
    VENUE_URL: 'https://venue.example/v1',
    TRADES_PER_MINUTE: '1000',
    PAPER_LATENCY: '1s',
    SIMULATOR_SEED: 'x',
    LOG_LEVEL: 'debug',
    HOME: '/root',
  }
  expect(readSettings({}, environment)).toEqual({
    databaseUrl: 'postgresql://me:x@db:5432/desk',
    redisUrl: 'rediss://cache:6380/1',
    port: 0,
    healthPort: 4_401,
    host: '0.0.0.0',
    roles: ['relay', 'worker'],
    dataDir: '/var/lib/desk',
    jwtSecret: 's'.repeat(32),
    jwtTtlSeconds: 60,
    venueUrl: 'https://venue.example/v1',
    tradesPerMinute: 1_000,
    paperLatencyMs: 1_000,
    simulatorSeed: 'x',
    logLevel: 'debug',
  })
})

test('an empty one counts as not set, and the command line wins', () => {
  const environment = { PORT: '1', DATABASE_URL: '', REDIS_URL: '', JWT_SECRET: '', HOST: '' }
  expect(readSettings({ PORT: '2' }, environment)).toMatchObject({ port: 2, databaseUrl: undefined })
  expect(readSettings({ PORT: '' }, environment)).toMatchObject({ port: 1, host: '127.0.0.1' })
  expect(readSettings({ PORT: undefined }, environment)).toMatchObject({ port: 1 })
})

describe('a wrong one is named, with what is right', () => {
  test.each([
    ['PORT', '70000', 'must be a whole number from 0 to 65535'],
    ['PORT', '-1', 'must be a whole number from 0 to 65535'],
    ['PORT', '44.5', 'must be a whole number from 0 to 65535'],
    ['PORT', '0x10', 'must be a whole number from 0 to 65535'],
    ['PORT', ' ', 'must be a whole number from 0 to 65535'],
    ['PORT', '4400 ', 'must be a whole number from 0 to 65535'],
    ['PORT', 'http', 'must be a whole number from 0 to 65535'],
    ['HEALTH_PORT', '70000', 'must be a whole number from 0 to 65535'],
    ['HEALTH_PORT', 'off', 'must be a whole number from 0 to 65535'],
    ['JWT_TTL_SECONDS', '0', 'must be a whole number from 1 to 31536000'],
    ['TRADES_PER_MINUTE', '0', 'must be a whole number from 1 to 100000'],
    ['PAPER_LATENCY', '1m', 'must be a duration such as 120ms or 1s, at most 60s'],
    ['VENUE_URL', 'venue:80', 'must begin with http:// or https://'],
    ['JWT_TTL_SECONDS', '1h', 'must be a whole number from 1 to 31536000'],
    ['DATABASE_URL', 'localhost:5432', 'must begin with postgres:// or postgresql://'],
    ['DATABASE_URL', 'mysql://x', 'must begin with postgres:// or postgresql://'],
    ['REDIS_URL', '127.0.0.1:6379', 'must begin with redis:// or rediss:// or unix://'],
    ['REDIS_URL', 'http://127.0.0.1:6379', 'must begin with redis:// or rediss:// or unix://'],
    ['JWT_SECRET', 'short', 'must have at least 32 characters'],
    ['LOG_LEVEL', 'loud', 'must be one of trace, debug, info, warn, error, silent'],
  ])('%s=%j', (setting, value, problem) => {
    expect(refusal({ [setting]: value })).toEqual({ setting, message: `${setting}: ${problem}` })
  })

  test('and never repeated: it may be a secret', () => {
    for (const setting of ['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET', 'LOG_LEVEL', 'PORT'])
      expect(refusal({ [setting]: 'hunter2' }).message).not.toContain('hunter2')
  })
})
