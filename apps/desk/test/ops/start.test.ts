import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { readyBlock } from '../../src/ops/ready-block.ts'
import { get, sign, useDesks, withoutRedis } from './start-desk.ts'

const desks = useDesks()

/** The processes that a desk left running in this data folder. */
async function leftRunning(dataDir: string): Promise<string[]> {
  const files = ['postgres/postmaster.pid', 'redis/instance.json', 'redis/redis.pid', 'holdfast.lock']
  const pids = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(dataDir, file), 'utf8').catch(() => '')
      const pid = Number(/\d+/.exec(text)?.[0] ?? 0)
      return pid > 0 && pid !== process.pid && existsSync(`/proc/${pid}`) ? [`${file}: ${pid}`] : []
    }),
  )
  return pids.flat()
}

describe('with nothing given', () => {
  test('the desk brings its own servers, keeps what they hold, and stops them', async () => {
    const dataDir = await desks.folder()
    const desk = await desks.start({ DATA_DIR: dataDir })
    expect(desk.mode).toEqual({
      priceSource: 'simulator',
      store: 'redis',
      database: 'embedded',
      execution: 'paper',
    })
    await eventually(async () => (await fetch(`${desk.url}/health/ready`)).status === 200)
    expect(await get(desk, '/api/v1/status')).toMatchObject({
      mode: desk.mode,
      demo: desk.demo,
      version: '1.2.3',
    })

    // A page of another name that resolves to this machine is not told the login.
    const asked = request(`${desk.url}/api/v1/status`, { headers: { host: 'rebound.example' } }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    expect(await json(answer)).toMatchObject({ mode: desk.mode, demo: null })

    // What a stranger does: looks at the market, signs in as the demo, sees its agents.
    const { prices } = await get(desk, '/api/v1/prices')
    expect((await get(desk, '/api/v1/assets'))['assets']).toHaveLength(24)
    expect(prices).not.toHaveLength(0)
    const { token } = await sign(desk, 'login', desk.demo)
    expect((await get(desk, '/api/v1/agents', token))['agents']).toMatchObject([
      { name: 'Momentum' },
      { name: 'Patience' },
    ])
    const { candles } = await get(
      desk,
      `/api/v1/candles/solana/So11111111111111111111111111111111111111112?limit=1000`,
    )
    expect(candles).toHaveLength(1_000)
    const block = readyBlock(desk)
    for (const part of [
      desk.url,
      desk.demo.password,
      `${desk.url}/docs`,
      'simulator',
      'PostgreSQL 18',
      'DATABASE_URL',
    ])
      expect(block).toContain(part)

    // A second one on the same folder is refused, and the first goes on.
    await expect(desks.start({ DATA_DIR: dataDir })).rejects.toThrow(/in use by process \d+ .*DATA_DIR/)
    expect((await fetch(`${desk.url}/health/ready`)).status).toBe(200)

    const mine = { email: 'ada@example.com', password: 'correct horse' }
    expect((await sign(desk, 'register', mine)).status).toBe(201)
    await Promise.all([desk.stop(), desk.stop()])
    await expect(fetch(desk.url)).rejects.toThrow('fetch failed')
    expect(await leftRunning(dataDir)).toEqual([])

    // The same folder again: the same people, the same secrets.
    const again = await desks.start({ DATA_DIR: dataDir })
    expect(again.demo).toEqual(desk.demo)
    expect((await sign(again, 'login', mine)).status).toBe(200)
    expect((await sign(again, 'login', again.demo)).status).toBe(200)
    expect(await get(again, '/api/v1/auth/me', token)).toMatchObject({ user: { email: desk.demo.email } })
  })
})

describe('without a Redis on the machine', () => {
  test('state lives in memory, and a second desk on the database is told what both need', async () => {
    withoutRedis()
    const DATABASE_URL = await desks.database()
    const desk = await desks.start({ DATABASE_URL })
    expect(desk.mode).toMatchObject({ store: 'memory', database: 'external' })
    expect(readyBlock(desk)).toMatch(/REDIS_URL=.*install redis-server/)
    expect(desk.about.database).not.toContain(new URL(DATABASE_URL).password)
    await eventually(async () => (await fetch(`${desk.url}/health/ready`)).status === 200)
    const second = desks.start({ DATABASE_URL })
    await expect(second).rejects.toThrow(/^REDIS_URL: another desk runs on this database/)
  })
})

describe('with real servers', () => {
  test('two desks share one Redis and one database; one with a store of its own may not join', async () => {
    const redis = await desks.redis()
    const DATABASE_URL = await desks.database()
    const real = { DATABASE_URL, REDIS_URL: redis.url, JWT_SECRET: 's'.repeat(32) }
    const [one, two] = await Promise.all([desks.start(real), desks.start(real)])
    expect([one.mode, two.mode]).toEqual([
      expect.objectContaining({ store: 'redis', database: 'external' }),
      expect.objectContaining({ store: 'redis', database: 'external' }),
    ])
    const { token } = await sign(one, 'register', { email: 'ada@example.com', password: 'correct horse' })
    expect(await get(two, '/api/v1/auth/me', token)).toMatchObject({ user: { email: 'ada@example.com' } })
    withoutRedis()
    await expect(desks.start({ DATABASE_URL })).rejects.toThrow(/^REDIS_URL: /)
  })
})

describe('bad settings', () => {
  /** Starts what has to fail. The message, and what was left behind. */
  async function refusal(settings: Record<string, string>, replay?: Parameters<typeof desks.start>[1]) {
    const dataDir = await desks.folder()
    const startedMs = performance.now()
    const failure = await desks
      .start({ DATA_DIR: dataDir, ...settings }, replay)
      .catch((error: unknown) => error)
    const tookMs = performance.now() - startedMs
    return {
      message: failure instanceof Error ? failure.message : '',
      dataDir,
      tookMs,
      left: await leftRunning(dataDir),
    }
  }

  test('a port in use', async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void squatter.close())
    await once(squatter, 'listening')
    const { port } = squatter.address() as { port: number }
    const { message, left, dataDir } = await refusal({ PORT: String(port) })
    expect(message).toBe(
      `PORT: ${port} is in use on 127.0.0.1. Choose another one, or 0 for any that is free.`,
    )
    expect(left).toEqual([])
    // Found before anything was made.
    expect(await readdir(dataDir)).toEqual([])
  })

  test('a host that is none of this machine', async () => {
    expect((await refusal({ HOST: '192.0.2.1' })).message).toBe(
      "HOST: '192.0.2.1' is no address of this machine.",
    )
  })

  test.each([
    ['nobody there', (url: URL) => (url.port = '1'), /cannot be used: .*ECONNREFUSED/],
    ['a wrong password', (url: URL) => (url.password = 'hunter2'), /cannot be used: .*password/],
    ['no such database', (url: URL) => (url.pathname = '/nothing'), /cannot be used: .*does not exist/],
  ])('DATABASE_URL: %s', async (_, spoil, problem) => {
    const url = new URL(await desks.database())
    spoil(url)
    const { message, left } = await refusal({ DATABASE_URL: url.href })
    expect(message).toMatch(/^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:\d+\//)
    expect(message).toMatch(problem)
    expect(message).not.toContain(url.password)
    expect(left).toEqual([])
  })

  test('REDIS_URL: no address, nobody there, a wrong password', async () => {
    const redis = await desks.redis()
    // Each waits as long as a connection may take, so they wait side by side.
    const refusals = await Promise.all(
      [
        'redis://:hunter2@127.0.0.1:99999',
        'redis://:hunter2@127.0.0.1:1',
        `redis://:hunter2@127.0.0.1:${redis.port}`,
      ].map(async (REDIS_URL) => refusal({ REDIS_URL })),
    )
    expect(refusals.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^REDIS_URL: is no Redis URL/),
      expect.stringMatching(/^REDIS_URL: .*ECONNREFUSED.* Check REDIS_URL\.$/),
      expect.stringMatching(/^REDIS_URL: .*WRONGPASS/),
    ])
    for (const { message, left, tookMs, dataDir } of refusals) {
      expect(message).not.toMatch(/hunter2|redisStore/)
      expect(left).toEqual([])
      // No database was made for it.
      expect(await readdir(dataDir)).not.toContain('postgres')
      expect(tookMs).toBeLessThan(9_000)
    }
  })

  test('DATA_DIR that is a file, and secrets that were damaged', async () => {
    const folder = await desks.folder()
    await writeFile(join(folder, 'file'), '')
    expect((await refusal({ DATA_DIR: join(folder, 'file') })).message).toMatch(/DATA_DIR/)
    await writeFile(join(folder, 'jwt-secret'), '')
    const DATABASE_URL = await desks.database()
    expect((await refusal({ DATA_DIR: folder, DATABASE_URL })).message).toMatch(
      /^DATA_DIR: .*jwt-secret is empty/,
    )
  })

  test('a replay that cannot be read starts nothing', async () => {
    const folder = await desks.folder()
    const replay = (file: string) => refusal({}, { file, symbol: 'XRPETH' })
    const missing = await replay(join(folder, 'missing.csv'))
    expect(missing.message).toMatch(/^--replay: .*missing\.csv does not exist/)
    expect(await readdir(missing.dataDir)).toEqual([])
    expect((await replay(folder)).message).toMatch(/^--replay: .*is a directory/)
    await writeFile(join(folder, 'text.csv'), 'once upon a time\n')
    expect((await replay(join(folder, 'text.csv'))).message).toMatch(/^--(replay|layout): .*text\.csv/)
  })
})
