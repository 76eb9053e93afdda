import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { cached, open } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'
import { holdfast } from './fixture.ts'
import { payout, wallet } from './sealed.ts'

// Whoever may look into Redis may not look into what is encrypted: that takes the keys.

const SECRET = 'DE02100100100006820101'
const keys = { current: 'k2', all: { k1: 'a'.repeat(43), k2: 'b'.repeat(43) } }
/** The same as `payout`, before somebody thought of encrypting it. */
const openly = cached({
  key: 'payout:{userId}',
  about: 'Where the money of a user goes to.',
  value: z.object({ iban: z.string() }),
  ttl: '1h',
})

const redis = freshRedis()
const words = [
  '--keyspaces',
  fileURLToPath(new URL('sealed.ts', import.meta.url)),
  '--redis',
  redis.url,
  '--namespace',
  redis.namespace,
]
let database: FreshDatabase
let pool: pg.Pool
let folder: string
const inspect = (...more: readonly string[]) => holdfast(['inspect', ...more, ...words])

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-keys-'))
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 4 })
  const store = redisStore(redis)
  const state = await open({ payout, wallet }, { store, keys, truth: drizzleTruth(drizzle(pool)) })
  await state.payout.set({ userId: 'ann' }, { iban: SECRET })
  await eventually(async () => (await state.wallet.read({ userId: 'ann' })).tier === 'l2')
  await state.close()
  const before = await open({ openly }, { store })
  await before.openly.set({ userId: 'bob' }, { iban: SECRET })
  await before.close()
})
afterAll(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

test('from inside it is said, too, with which key a value is sealed', async () => {
  const state = await open({ payout }, { store: redisStore(redis), keys })
  const { stored, l2 } = await state.payout.inspect({ userId: 'ann' })
  expect([stored?.sealedWith, l2?.value]).toEqual(['k2', { iban: SECRET }])
  await state.close()
})

test('without the keys it says with which one a value is sealed, and shows none', async () => {
  const { code, out } = await inspect('payout', 'userId=ann')
  expect(code).toBe(0)
  expect(out).toMatch(/^stored {2}encrypted: sealed with the key 'k2'; kept for /m)
  expect(out).toContain('not shown without --keys')
  const { out: json } = await inspect('payout', 'userId=ann', '--json')
  expect(JSON.parse(json)).toMatchObject({ encrypted: true, stored: true, sealedWith: 'k2' })
  const { out: strong } = await inspect('wallet', 'userId=ann')
  expect(strong).toContain("encrypted: sealed with the key 'k2'")
  expect((await inspect('payout', 'userId=nobody')).out).toContain('stored  nothing')
})

test('what was stored in the open is not shown either', async () => {
  for (const more of [[], ['--json']]) {
    const { code, out } = await inspect('payout', 'userId=bob', ...more)
    expect(code).toBe(0)
    expect(out).not.toContain(SECRET)
  }
  expect((await inspect('payout', 'userId=bob')).out).toContain('encrypted: not sealed, as it should be')
})

test('with the keys it shows the value; with others that it is unreadable', async () => {
  const file = join(folder, 'keys.json')
  await writeFile(file, JSON.stringify(keys))
  const { out } = await inspect('payout', 'userId=ann', '--keys', file)
  expect(out).toContain("sealed   with the key 'k2'")
  expect(out).toContain(`value    {"iban":"${SECRET}"}`)
  await writeFile(file, JSON.stringify({ current: 'k1', all: { k1: keys.all.k1 } }))
  const other = await inspect('payout', 'userId=ann', '--keys', file)
  expect(other.out).toContain('unreadable')
  expect(other.out).not.toContain(SECRET)
})

test.each(['{"current"', '{"current":"k1","all":{"k1":"short-and-secret"}}', '[]'])(
  'a file of keys that is none is refused, and not quoted: %s',
  async (text) => {
    const file = join(folder, 'wrong.json')
    await writeFile(file, text)
    const { code, complaints } = await inspect('payout', 'userId=ann', '--keys', file)
    expect(code).toBe(2)
    expect(complaints).toMatch(/keys/)
    expect(complaints).not.toContain('short-and-secret')
  },
)
