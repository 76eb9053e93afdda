import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  ClosedError,
  DeclarationError,
  InvalidValueError,
  log,
  type LogEntry,
  type LogLine,
  memoryStore,
  open,
  type StoreFactory,
} from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stores } from '../../servers/stores.ts'

const logs = log({
  key: 'logs:{service}',
  about: 'What the parts of the desk have to say.',
  maxLength: 1_000,
  maxLineSize: '500B',
  maxBuffered: 5,
})
const api = { service: 'api' }
const line = (message: string, rest: Partial<LogLine> = {}): LogLine => {
  return { module: 'http', level: 'info', message, ...rest }
}

async function world(store: StoreFactory = memoryStore()) {
  const clock = virtualClock()
  const state = await open({ logs }, { store, clock })
  onTestFinished(() => state.close())
  return { ...state, clock }
}

function hearing(channel: string): unknown[] {
  const told: unknown[] = []
  const listen = (message: unknown): void => void told.push(message)
  subscribe(channel, listen)
  onTestFinished(() => void unsubscribe(channel, listen))
  return told
}

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('lines are written without waiting, come in order, are counted, and are followed live', async () => {
    const state = await open({ logs }, { store: make() })
    const tail = state.logs.tail(api, { level: 'warn' })
    await tail.ready
    state.logs.write(api, line('one'))
    state.logs.write(api, line('two', { level: 'error', module: 'db', fields: { rows: 3n } }))
    state.logs.write({ service: 'worker' }, line('elsewhere'))
    state.logs.write(api, line('three', { level: 'warn' }))
    const followed: LogEntry[] = []
    for await (const entry of tail) if (followed.push(entry) === 2) break
    expect(followed.map(({ message, seq }) => [message, seq])).toEqual([
      ['two', 2],
      ['three', 3],
    ])
    expect(followed[0]).toMatchObject({ module: 'db', level: 'error', fields: { rows: '3' }, isCut: false })
    await state.logs.flush()
    const history = await state.logs.history(api)
    expect(history.map(({ message }) => message)).toEqual(['one', 'two', 'three'])
    expect(await state.logs.history(api, 10, { module: 'db' })).toMatchObject([{ message: 'two' }])
    const resumed = state.logs.tail(api, { since: history[0]?.position ?? '' })
    for await (const { message } of resumed) {
      expect(message).toBe('two')
      break
    }
    const counts = await state.logs.counts(api)
    expect(counts).toHaveLength(3)
    expect(counts).toContainEqual({ module: 'db', level: 'error', count: 1 })
    expect(await state.logs.counts(api, { ago: 23 })).toEqual([])
    expect((await state.audit()).isClean).toBe(true)
    await state.close()
  })
})

test('a line with an id comes once, however often it is written', async () => {
  const { logs } = await world()
  for (let again = 0; again < 3; again++) logs.write(api, line('once'), 'event 1')
  await logs.flush()
  logs.write(api, line('once'), 'event 1')
  await logs.flush()
  expect(await logs.history(api)).toHaveLength(1)
})

test('while the store is away lines wait, the oldest go beyond the bound, and the rest comes, once', async () => {
  let isDown = true
  const flaky: StoreFactory = (context) => {
    const store = memoryStore()(context)
    const append: typeof store.topics.append = async (...args) => {
      if (isDown) {
        // It happened, and nobody was told.
        await store.topics.append(...args)
        throw new Error('no answer')
      }
      return store.topics.append(...args)
    }
    return { ...store, topics: { ...store.topics, append } }
  }
  const losses = hearing('holdfast:log-loss')
  const failures = hearing('holdfast:store-failure')
  const { logs, clock } = await world(flaky)
  for (const message of ['1', '2', '3']) logs.write(api, line(message))
  await expect(logs.flush()).rejects.toThrow('no answer')
  for (const message of ['4', '5', '6', '7']) logs.write(api, line(message))
  expect(losses).toMatchObject([
    { keyspace: 'logs', reason: 'buffer', count: 1 },
    { reason: 'buffer', count: 1 },
  ])
  await clock.advance(1_000)
  expect(failures).toContainEqual(expect.objectContaining({ keyspace: 'logs', operation: 'append' }))
  isDown = false
  await clock.advance(2_000)
  // The first two were stored before they were given up.
  expect((await logs.history(api)).map(({ message }) => message)).toEqual(['1', '2', '3', '4', '5', '6', '7'])
  // What is counted is what was confirmed.
  expect(await logs.counts(api)).toEqual([{ module: 'http', level: 'info', count: 5 }])
})

test('closing brings away what is left', async () => {
  const store = memoryStore()
  const { logs, close, clock } = await world(store)
  logs.write(api, line('last words'))
  await close()
  const after = await open({ logs: log({ key: 'logs:{service}', about: 'x' }) }, { store, clock })
  expect(await after.logs.history(api)).toMatchObject([{ message: 'last words' }])
  expect(() => logs.write(api, line('too late'))).toThrow(ClosedError)
  await expect(logs.flush()).rejects.toThrow(ClosedError)
  await after.close()
})

test('what is too long is cut, and what cannot be stored is made so that it can', async () => {
  const { logs } = await world()
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  logs.write(api, line('fields go', { fields: { long: 'x'.repeat(500) } }))
  logs.write(api, line('ü'.repeat(600)))
  logs.write(api, line('a\0b\ud800', { fields: { error: new TypeError('no'), at: new Date(0), nan: NaN } }))
  logs.write(api, line('cycle', { fields: cycle }))
  await logs.flush()
  const [one, two, three, four] = await logs.history(api)
  expect(one).toMatchObject({ message: 'fields go', fields: {}, isCut: true })
  expect(two).toMatchObject({ isCut: true })
  expect(two?.message).toMatch(/^ü{20,}$/)
  expect(three).toMatchObject({
    message: 'a�b�',
    fields: { error: 'TypeError: no', at: '1970-01-01T00:00:00.000Z', nan: 'NaN' },
  })
  expect(JSON.stringify(four?.fields)).toContain('…')
})

test('objects that hold each other are walked through no farther than a line is long', async () => {
  const { logs } = await world()
  let looks = 0
  const nodes: object[] = Array.from({ length: 30 }, (_, n) => ({
    n,
    get others() {
      looks++
      return nodes
    },
  }))
  logs.write(api, line('a graph', { fields: { nodes } }))
  expect(looks).toBeLessThan(500)
  logs.write(api, line('fits', { fields: { few: [{ a: 1 }, 'text'.repeat(50), () => 0, undefined] } }))
  await logs.flush()
  expect(await logs.history(api)).toMatchObject([
    { message: 'a graph', fields: {}, isCut: true },
    { message: 'fits', fields: { few: [{ a: 1 }, 'text'.repeat(50), '() => 0', 'undefined'] }, isCut: false },
  ])
})

test.each([
  ['module', { module: '' }],
  ['module', { module: 'x'.repeat(65) }],
  ['level', { level: 'loud' }],
  ['message', { message: 5 }],
])('a line with a wrong %s is refused', async (_field, wrong) => {
  const { logs } = await world()
  expect(() => logs.write(api, { ...line('x'), ...(wrong as object) })).toThrow(InvalidValueError)
})

test.each([
  ['history', { history: '1' }],
  ['maxLength', { maxLength: 0 }],
  ['maxLineSize', { maxLineSize: '100B' }],
  ['maxLineSize', { maxLineSize: '2MB' }],
  ['counts.keep', { counts: { every: '1h', keep: 0 } }],
  ['maxBuffered', { maxBuffered: 100_001 }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const declare = (): unknown => log({ key: 'a:{id}', about: 'x', ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`log('a:{id}').${field}`)
})

test('without a truth there is nowhere to carry lines to', async () => {
  const { logs } = await world()
  expect(() => logs.archive(api)).toThrow(/^logs\.archive: .* give open a truth$/)
})
