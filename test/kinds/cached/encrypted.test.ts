import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createClient } from '@redis/client'
import { cached, type EncryptionKeys, open, session } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import { redisStore } from 'holdfast/redis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { freshRedis } from '../../servers/redis.ts'

// What stands in the store of an encrypted keyspace, and who can read it.

const Secret = z.object({ iban: z.string(), scan: z.instanceof(Uint8Array) })
const account = { iban: 'DE02120300000000202051', scan: new Uint8Array([0, 1, 254, 255]) }
const k1 = Buffer.alloc(32, 1)
const k2 = Buffer.alloc(32, 2).toString('base64')

function declare(options: object = {}) {
  let loads = 0
  const bank = cached({
    key: 'bank:{userId}',
    about: 'Where money goes to.',
    value: Secret,
    ttl: '1h',
    encrypted: true,
    load: ({ userId }): typeof account | null => {
      loads++
      return userId === 'nobody' ? null : account
    },
    ...options,
  })
  return { bank, loads: () => loads }
}

async function world(
  redis = freshRedis(),
  keys: EncryptionKeys = { current: 'k1', all: { k1 } },
  options = {},
) {
  const { bank, loads } = declare(options)
  const state = await open({ bank }, { store: redisStore(redis), keys })
  onTestFinished(() => state.close())
  return { bank: state.bank, loads, redis }
}

async function command(redis: { url: string }, ...parts: string[]): Promise<unknown> {
  const client = createClient({ url: redis.url })
  await client.connect()
  try {
    return await client.sendCommand(parts)
  } finally {
    client.destroy()
  }
}

async function problemsOf(read: () => Promise<unknown>): Promise<string[]> {
  const told: string[] = []
  const hear = (message: unknown): void => void told.push((message as { problem: string }).problem)
  subscribe('holdfast:bad-entry', hear)
  await read()
  unsubscribe('holdfast:bad-entry', hear)
  return told
}

const ann = { userId: 'ann' }

describe.each([
  ['as it is', {}],
  ['as MessagePack, compressed', { codec: msgpack, compress: { above: '1B' } }],
])('%s', (_name, options) => {
  test('others read it, and the store shows nothing of it', async () => {
    const { bank, redis, loads } = await world(undefined, undefined, options)
    expect(await bank.get(ann)).toEqual(account)
    const other = await world(redis, undefined, options)
    expect(await other.bank.get(ann)).toEqual(account)
    expect(await other.bank.getMany([ann, { userId: 'nobody' }])).toEqual([account, null])
    await bank.set({ userId: 'set' }, { ...account, iban: 'other' })
    expect((await other.bank.get({ userId: 'set' }))?.iban).toBe('other')
    expect([loads(), other.loads()]).toEqual([1, 1])
    const stored = String(await command(redis, 'GET', `${redis.namespace}:bank:ann`))
    expect(stored).toMatch(/^V1 \S+ \d+ \d+ \d+ sk1\./)
    expect(stored).not.toContain('DE02')
  })
})

test('older keys read, the current one writes, and a key that is not given is a miss and a signal', async () => {
  const { bank, redis } = await world()
  await bank.get(ann)
  const newer = await world(redis, { current: 'k2', all: { k1, k2 } })
  expect(await newer.bank.get(ann)).toEqual(account)
  expect(newer.loads()).toBe(0)
  await newer.bank.set(ann, account)
  expect(String(await command(redis, 'GET', `${redis.namespace}:bank:ann`))).toContain(' sk2.')
  expect(await problemsOf(async () => expect(await bank.get(ann)).toEqual(account))).toEqual([
    expect.stringMatching(/sealed with the key 'k2', which open was not given/),
  ])
})

test('what was moved to another key, changed, or never sealed, is a miss and a signal', async () => {
  const { bank, redis, loads } = await world()
  await bank.get(ann)
  const key = (user: string): string => `${redis.namespace}:bank:${user}`
  await command(redis, 'COPY', key('ann'), key('eve'))
  expect(await problemsOf(() => bank.get({ userId: 'eve' }))).toEqual([expect.stringMatching(/another key/)])
  await command(redis, 'APPEND', key('ann'), 'x')
  expect(await problemsOf(() => bank.get(ann))).toEqual([expect.stringMatching(/does not open/)])
  const plain = await open({ bank: declare({ encrypted: false }).bank }, { store: redisStore(redis) })
  onTestFinished(() => plain.close())
  await plain.bank.set({ userId: 'bob' }, account)
  expect(await problemsOf(() => bank.get({ userId: 'bob' }))).toEqual([expect.stringMatching(/not sealed/)])
  expect(loads()).toBe(4)
})

test('each value is sealed anew', async () => {
  const { bank, redis } = await world()
  const seen = new Set<unknown>()
  for (let n = 0; n < 20; n++) {
    await bank.set(ann, account)
    const stored = String(await command(redis, 'GET', `${redis.namespace}:bank:ann`))
    seen.add(stored.slice(stored.indexOf('\n')))
  }
  expect(seen.size).toBe(20)
})

test('sessions are sealed, too', async () => {
  const redis = freshRedis()
  const login = session({
    key: 'session:{userId}',
    about: 'Who is signed in.',
    value: Secret,
    idle: '30m',
    absolute: '12h',
    encrypted: true,
  })
  const node = async (keys: EncryptionKeys) => {
    const state = await open({ login }, { store: redisStore(redis), keys })
    onTestFinished(() => state.close())
    return state.login
  }
  const here = await node({ current: 'k1', all: { k1 } })
  const { id } = await here.create(ann, account)
  const rotated = await here.rotate(id)
  const there = await node({ current: 'k2', all: { k1, k2 } })
  expect((await there.get(rotated?.id ?? ''))?.value).toEqual(account)
  expect((await there.update(rotated?.id ?? '', (value) => ({ ...value, iban: 'x' })))?.value.iban).toBe('x')
  const keys = (await command(redis, 'KEYS', `${redis.namespace}:session:*`)) as string[]
  const stored = JSON.stringify(await command(redis, 'HGETALL', keys[0] ?? ''))
  expect(stored).toContain('sk2.t')
  expect(stored).not.toContain('iban')
  expect(await problemsOf(async () => expect(await here.get(rotated?.id ?? '')).toBeNull())).toHaveLength(1)
})

test.each<[string, unknown, RegExp]>([
  ['no keys', undefined, /bank: is encrypted: give open the keys/],
  ['a current key that is not there', { current: 'k9', all: { k1 } }, /open\.keys\.current: 'k9'/],
  ['a short key', { current: 'k1', all: { k1: Buffer.alloc(16) } }, /open\.keys\.all\.k1: has 16 bytes/],
  ['an id with a blank', { current: 'k 1', all: { 'k 1': k1 } }, /open\.keys\.all\.…/],
  ['a number', { current: 'k1', all: { k1: 7 } }, /neither bytes nor base64/],
])('%s is refused, without a word of the keys', async (_name, keys, message) => {
  const refused = open({ bank: declare().bank }, { keys } as never)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.not.toThrow(/AQEB/)
})
