import { createClient } from '@redis/client'
import {
  cached,
  counter,
  flags,
  limiter,
  lock,
  members,
  memoryStore,
  open,
  places,
  ranking,
  recent,
  record,
  systemClock,
  unique,
} from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { shareOf } from '../../src/survey/redis.ts'
import { freshRedis } from '../servers/redis.ts'
import { stores } from '../servers/stores.ts'

const price = cached({
  key: 'price:{asset}',
  about: 'A price.',
  value: z.string(),
  ttl: '1m',
  staleIfError: '4m',
})
const quote = cached({ key: 'price:{asset}:{venue}', about: 'A quote.', value: z.string(), ttl: '1m' })
const job = lock({ key: 'lock:{job}', about: 'A job.', lease: '10s' })
const rate = limiter({ key: 'rate:{user}', about: 'A rate.', rate: '10/60s', onStoreDown: 'deny' })
const keyspaces = { price, quote, job, rate }

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('a store as it is declared is clean, and each key is counted for its keyspace', async () => {
    const state = await open(keyspaces, { store: make() })
    for (let index = 0; index < 20; index++) await state.price.set({ asset: `a${index}` }, '1.00')
    await state.quote.set({ asset: 'SOL', venue: 'x:y {z}' }, '1.00')
    await state.rate.take({ user: 'u1' })
    const report = await state.job.run({ job: 'audit' }, () => state.audit())
    expect(report.isClean).toBe(true)
    expect(report.looked).toMatchObject({ share: 1, isComplete: true })
    const counts = Object.entries(report.keyspaces).map(([name, { keys, sampled }]) => [name, keys, sampled])
    expect(counts).toEqual([
      ['price', 20, 20],
      ['quote', 1, 1],
      ['job', 1, 1],
      ['rate', 1, 1],
    ])
    expect(report.keyspaces.price?.bytes).toBeGreaterThan(20 * 'price:a1'.length)
    expect(report.others.keys).toBe(0)
    await state.close()
  })

  test('collections are clean as they are declared, also those that stay for good', async () => {
    const store = make()
    const likes = counter({ key: 'likes:{id}', about: 'Likes.', ttl: 'forever' })
    const days = counter({ key: 'days:{id}', about: 'By day.', windows: { every: '1d', keep: 2 } })
    const seen = unique({ key: 'seen:{id}', about: 'Visitors.', ttl: '1d' })
    const set = members({ key: 'set:{id}', about: 'A set.', ttl: 'forever', max: 10 })
    const rank = ranking({ key: 'rank:{id}', about: 'A ranking.', ttl: '1d', max: 10 })
    const flag = flags({ key: 'flag:{id}', about: 'A flag.', ttl: 'forever', max: 10 })
    const map = places({ key: 'map:{id}', about: 'Places.', ttl: '1d', max: 10 })
    const list = recent({ key: 'list:{id}', about: 'A list.', value: z.string(), ttl: '1d', max: 10 })
    const value = z.object({ theme: z.string() })
    const form = record({
      key: 'form:{id}',
      about: 'A record.',
      value,
      defaults: { theme: 'dark' },
      ttl: '1d',
    })
    const declared = { likes, seen, set, rank, flag, map, list, form }
    const state = await open({ ...declared, days }, { store })
    const id = { id: '1' }
    await state.likes.add(id, -5)
    await state.days.add(id)
    await state.seen.add(id, 'a')
    await state.set.add(id, ['a', 'b'])
    await state.rank.set(id, 'a', 1)
    await state.flag.setShare(id, 5)
    await state.map.add(id, { member: 'a', latitude: 1, longitude: 1 })
    await state.list.push(id, 'a')
    await state.form.update(id, { theme: 'light' })
    const report = await state.audit()
    expect(report.findings).toMatchObject({ likes: { unknownFormat: { count: 0 } } })
    expect(report.isClean).toBe(true)
    expect(Object.values(report.keyspaces).map(({ keys }) => keys)).toEqual(Array(9).fill(1))
    await state.close()
    const shorter = counter({ key: 'days:{id}', about: 'By hour.', windows: { every: '1h', keep: 2 } })
    const after = await open({ ...declared, shorter }, { store })
    expect((await after.audit()).findings.shorter?.ttlTooLong.count).toBe(1)
    await after.close()
  })

  test('keys that nobody declares are orphans, grouped by how they begin', async () => {
    const store = make()
    const old = cached({ key: 'old:{id}', about: 'Declared once.', value: z.string(), ttl: '1h' })
    const before = await open({ old }, { store })
    for (let index = 0; index < 7; index++) await before.old.set({ id: String(index) }, 'x')
    await before.close()
    const state = await open(keyspaces, { store })
    const { orphans, isClean, others } = await state.audit()
    expect(isClean).toBe(false)
    expect(orphans).toMatchObject([{ prefix: 'old:', keys: 7, withoutTtl: 0 }])
    expect(orphans[0]?.examples).toHaveLength(5)
    expect(others.keys).toBe(7)
    await state.close()
  })

  test('a ttl that is longer than declared is found', async () => {
    const store = make()
    const longer = cached({ key: 'price:{asset}', about: 'A price.', value: z.string(), ttl: '1h' })
    const before = await open({ longer }, { store })
    await before.longer.set({ asset: 'SOL' }, '1.00')
    await before.close()
    const state = await open(keyspaces, { store })
    await state.price.set({ asset: 'ETH' }, '1.00')
    const { findings, isClean } = await state.audit()
    expect(findings.price?.ttlTooLong).toEqual({ count: 1, examples: ['price:SOL'] })
    expect(isClean).toBe(false)
    await state.close()
  })

  test('limits stop it, and it says how much it saw; sizes are those of the whole', async () => {
    const state = await open(keyspaces, { store: make() })
    // Not all at once: a busy machine would take longer than a command may.
    for (let start = 0; start < 4_000; start += 200)
      await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          state.price.set({ asset: `asset-${start + index}` }, '1.00'),
        ),
      )
    const progress: number[] = []
    const report = await state.audit({ maxKeys: 1_000, onProgress: ({ share }) => progress.push(share) })
    expect(report.looked.isComplete).toBe(false)
    expect(report.looked.keys).toBeLessThan(2_000)
    expect(report.looked.share).toBeGreaterThan(0.15)
    expect(report.looked.share).toBeLessThan(0.5)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    const [part, whole] = [report.keyspaces.price, (await state.sizes()).keyspaces.price]
    expect(whole).toMatchObject({ keys: 4_000 })
    expect(whole?.sampled).toBe(100 + (4_000 - 100) / 20)
    expect(Math.abs((part?.keys ?? 0) / 4_000 - 1)).toBeLessThan(0.2)
    expect(Math.abs((part?.bytes ?? 0) / (whole?.bytes ?? 1) - 1)).toBeLessThan(0.2)
    await state.close()
  })

  test('an option that is none is refused by its name', async () => {
    const state = await open(keyspaces, { store: make() })
    await expect(state.audit({ maxKeys: 0 })).rejects.toMatchObject({ field: 'survey.maxKeys' })
    await expect(state.sizes({ timeLimit: 'soon' as never })).rejects.toMatchObject({
      field: 'survey.timeLimit',
    })
    await state.close()
    await expect(state.audit()).rejects.toMatchObject({ code: 'HF_CLOSED' })
  })
})

describe('what others did to Redis', () => {
  const redis = freshRedis()
  const raw = createClient({ url: redis.url })
  const at = (name: string): string => `${redis.namespace}:${name}`
  beforeAll(async () => void (await raw.connect()))
  afterAll(() => raw.destroy())

  test('is found: lost ttls, foreign values, entries of earlier runs', async () => {
    const state = await open(keyspaces, { store: redisStore(redis) })
    await state.price.set({ asset: 'SOL' }, '1.00')
    await raw.persist(at('price:SOL'))
    await raw.set(at('price:ETH'), '1.00', { PX: 1_000 })
    await raw.hSet(at('price:BTC'), 'price', '1.00')
    await raw.set(at('~t:{lost}'), 'ticket')
    await raw.set(at(`~t:{${at('price:XRP')}}`), 'ticket')
    await raw.set(at('rate:u1'), 'many', { PX: 1_000 })
    await raw.set(at('lock:job'), 'me')
    await raw.set(at('~s:0123456789abcdef:balance:1'), 'F 0 1:x')
    await raw.set(at('~g:tag:hot'), 'mark')
    await raw.set(at('~x:y'), 'later version')
    await raw.set(`${redis.namespace}x:y`, 'another namespace')

    const { findings, orphans, earlierRuns, internalWithoutTtl, isClean } = await state.audit()
    expect(isClean).toBe(false)
    expect(findings.price?.withoutTtl.examples.toSorted()).toEqual([
      'price:BTC',
      'price:SOL',
      `~t:{${at('price:XRP')}}`,
    ])
    expect(findings.price?.unknownFormat.examples.toSorted()).toEqual(['price:BTC', 'price:ETH'])
    expect(findings.rate?.unknownFormat.examples).toEqual(['rate:u1'])
    expect(findings.job?.withoutTtl.examples).toEqual(['lock:job'])
    expect(earlierRuns).toEqual({ count: 1, examples: ['~s:0123456789abcdef:balance:1'] })
    expect(internalWithoutTtl.examples).toEqual(['~g:tag:hot'])
    expect(new Set(orphans.map(({ examples }) => examples[0]))).toEqual(new Set(['~t:{lost}', '~x:y']))
    await state.close()
  })
})

test('the time limit stops it', async () => {
  let nowMs = 0
  const clock = { ...systemClock, now: () => nowMs }
  const state = await open(keyspaces, { store: memoryStore(), clock })
  await Promise.all(
    Array.from({ length: 1_000 }, (_, index) => state.price.set({ asset: `a${index}` }, '1.00')),
  )
  const { looked } = await state.audit({ timeLimit: '5s', onProgress: () => void (nowMs += 3_000) })
  expect(looked).toMatchObject({ isComplete: false, keys: 500 })
  await state.close()
})

test('a cursor of Redis says how far it has come, whatever the size of the table', () => {
  expect(['0', '1', '2', '3', '4'].map(shareOf)).toEqual([0, 0.5, 0.25, 0.75, 0.125])
  // Of a table of 1,024 places: the one before the last.
  expect(shareOf(String(0b0111111111))).toBeCloseTo(1, 2)
})
