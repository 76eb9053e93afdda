import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  DeclarationError,
  InvalidValueError,
  LoadError,
  LoadTimeoutError,
  memoryStore,
  open,
  strong,
  type Truth,
  ValueTooLargeError,
} from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

// What loaders may do wrong. The truth is a stand-in: nothing here depends on PostgreSQL.

type Session = { readonly of: 'pool' } | { readonly of: 'transaction'; readonly options: unknown }
const truth: Truth<Session> = {
  name: 'stand-in',
  session: { of: 'pool' },
  transaction: (body, options) => body({ of: 'transaction', options }),
  // The gate is told that no other transaction is running.
  query: async () => [{ id: '1', oldest_running: '1' }],
}

type Load = (id: { readonly id: string }, tx: Session) => Promise<string | null>
type LoadMany = (ids: readonly { readonly id: string }[], tx: Session) => Promise<string[]>

async function world(load: Load, more: { loadMany?: LoadMany; snapshot?: boolean } = {}) {
  const clock = virtualClock()
  const row = strong({
    key: 'row:{id}',
    about: 'A row.',
    value: z.string().max(20),
    maxValueBytes: 12,
    loadTimeout: '1s',
    load,
    ...more,
  })
  const state = await open({ row }, { store: memoryStore(), clock, truth })
  onTestFinished(() => state.close())
  return { clock, row: state.row }
}

const id = { id: '1' }
const many = [{ id: '1' }, { id: '2' }]

test('a loader that throws fails its readers, with its error as the cause; the next read loads again', async () => {
  let failing = true
  const { row } = await world(async () => {
    if (failing) throw new RangeError('reset')
    return 'fine'
  })
  await expect(row.get(id)).rejects.toThrow(LoadError)
  await expect(row.get(id)).rejects.toMatchObject({ cause: expect.any(RangeError) as Error })
  await expect(row.getMany(many)).rejects.toThrow(LoadError)
  expect(row.counts()).toMatchObject({ loads: 4, loadFailures: 4 })
  failing = false
  expect(await row.get(id)).toBe('fine')
})

test('a loader that takes too long: nobody waits for it, and what it says later is not stored', async () => {
  const answers: ((value: string) => void)[] = []
  const { clock, row } = await world(() => new Promise((resolve) => answers.push(resolve)))
  const slow = row.get(id).catch((error: unknown) => error)
  await clock.advance(1_000)
  expect(await slow).toBeInstanceOf(LoadTimeoutError)
  expect(row.counts()).toMatchObject({ loads: 1, loadFailures: 1 })
  answers.shift()?.('late')
  await clock.advance(0)
  const next = row.read(id)
  await clock.advance(0)
  answers.shift()?.('fine')
  expect(await next).toEqual({ value: 'fine', tier: 'source' })
})

test('a read that waits for a free place in vain is over in time, and its load never begins', async () => {
  let begun = 0
  const ends: (() => void)[] = []
  const { clock, row } = await world(({ id }) => {
    begun++
    return new Promise((resolve) => ends.push(() => resolve(id)))
  })
  const reads = Array.from({ length: 40 }, (_, index) => row.get({ id: `${index}` }).catch(String))
  await clock.advance(1_000)
  for (const outcome of await Promise.all(reads)) expect(outcome).toMatch(/took longer than 1000 ms/)
  expect(begun).toBe(16)
  for (const end of ends.splice(0)) end()
  await clock.advance(0)
  expect(begun).toBe(16)
})

test('what the schema refuses, or what is too large, is no value', async () => {
  const { row } = await world(async ({ id }) => (id === '1' ? 'x'.repeat(30) : 'y'.repeat(15)))
  await expect(row.get(id)).rejects.toThrow(InvalidValueError)
  await expect(row.get({ id: '2' })).rejects.toThrow(ValueTooLargeError)
  await expect(row.getMany(many)).rejects.toThrow(InvalidValueError)
  expect(row.counts().l2Hits).toBe(0)
})

test.each([[[]], [['a']], [['a', 'b', 'c']], [null], ['ab']])(
  'loadMany that answers two ids with %j is refused',
  async (answer) => {
    const { row } = await world(async () => 'one', { loadMany: async () => answer as string[] })
    await expect(row.getMany(many)).rejects.toThrow(LoadError)
    await expect(row.getMany(many)).rejects.toThrow(/asked for 2 ids and must answer with a list of as many/)
  },
)

test('one key is read outside of transactions; many, and those that ask for it, in one snapshot', async () => {
  const sessions: Session[] = []
  const load: Load = async (_id, tx) => {
    sessions.push(tx)
    return 'x'
  }
  const snapshot = { of: 'transaction', options: { isolation: 'repeatable read', readOnly: true } }
  const plain = await world(load)
  await plain.row.get(id)
  expect(sessions.splice(0)).toEqual([{ of: 'pool' }])
  await plain.row.getMany([{ id: '8' }, { id: '9' }])
  expect(sessions.splice(0)).toEqual([snapshot, snapshot])
  const careful = await world(load, { snapshot: true })
  await careful.row.get(id)
  expect(sessions.splice(0)).toEqual([snapshot])
})

test('a load is reported once, with how it ended', async () => {
  const reports: unknown[] = []
  const listen = (message: unknown): void => void reports.push((message as { outcome: string }).outcome)
  subscribe('holdfast:load', listen)
  onTestFinished(() => void unsubscribe('holdfast:load', listen))
  const { row } = await world(async ({ id }) => (id === 'bad' ? Promise.reject(new Error('no')) : id))
  await row.get(id)
  await row.get({ id: 'bad' }).catch(() => undefined)
  await row.getMany(many)
  expect(reports).toEqual(['loaded', 'failed', 'loaded'])
})

const sound = { key: 'row:{id}', about: 'A row.', value: z.string(), load: async () => null } as const

test.each([
  ['about', { about: ' ' }],
  ['ttl', { ttl: '10ms' }],
  ['loadTimeout', { loadTimeout: '0ms' }],
  ['maxValueBytes', { maxValueBytes: 0 }],
  ['version', { version: 1.5 }],
  ['value', { value: undefined }],
  ['load', { load: 'SELECT 1' }],
  ['staleIfError', { staleIfError: '1m' }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const declare = (): unknown => strong({ ...sound, ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`strong('row:{id}').${field}`)
})
