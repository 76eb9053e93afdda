import {
  ClosedError,
  ContendedError,
  DeclarationError,
  InvalidValueError,
  memoryStore,
  open,
  record,
  type StoreFactory,
  ValueTooLargeError,
  VersionConflictError,
} from 'holdfast'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { stores } from '../../servers/stores.ts'

const Settings = z
  .object({
    theme: z.enum(['dark', 'light']),
    slippage: z.object({ buy: z.string(), sell: z.string() }),
    alerts: z.object({ email: z.boolean(), above: z.bigint().optional() }),
    pinned: z.array(z.string()),
    stopLoss: z.object({ percent: z.number() }).nullable(),
    notes: z.record(z.string(), z.string()),
  })
  .refine(({ slippage }) => slippage.buy !== '0' || slippage.sell !== '0', 'one slippage must not be 0')
const defaults: z.infer<typeof Settings> = {
  theme: 'dark',
  slippage: { buy: '0.5', sell: '1' },
  alerts: { email: false },
  pinned: ['SOL'],
  stopLoss: null,
  notes: {},
}
const settings = record({
  key: 'settings:{userId}',
  about: 'Settings of a user.',
  value: Settings,
  defaults,
  ttl: 'forever',
  maxValueBytes: 500,
})
const user = { userId: 'u1' }

async function world(store: StoreFactory = memoryStore()) {
  const state = await open({ settings }, { store })
  onTestFinished(() => state.close())
  return state
}

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('single fields change, at any depth; the others are as they were, or as declared', async () => {
    const { settings } = await world(make())
    expect(await settings.read(user)).toEqual({ value: defaults, version: 0 })
    const first = await settings.update(user, { 'alerts.above': 2n ** 60n, theme: 'light' })
    expect(first.value).toEqual({
      ...defaults,
      theme: 'light',
      alerts: { email: false, above: 2n ** 60n },
    })
    const second = await settings.update(user, { 'alerts.email': true, pinned: [] })
    expect(second.version).toBeGreaterThan(first.version)
    expect(await settings.read(user)).toEqual(second)
    expect(second.value).toMatchObject({
      theme: 'light',
      alerts: { email: true, above: 2n ** 60n },
      pinned: [],
    })
    // Back to the defaults, one by one and all together.
    const third = await settings.update(user, { pinned: undefined, 'alerts.above': undefined })
    expect(third.value).toMatchObject({ pinned: ['SOL'], alerts: { email: true } })
    expect(third.value.alerts).not.toHaveProperty('above')
    expect(await settings.reset(user)).toEqual({ value: defaults, version: 0 })
    expect(await settings.get(user)).toEqual(defaults)
  })

  test('what many change at once in different fields is all there', async () => {
    const { settings } = await world(make())
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`)
    await Promise.all(names.map((name) => settings.update(user, { [`notes.${name}`]: name })))
    expect(Object.keys((await settings.get(user)).notes).toSorted()).toEqual(names.toSorted())
    const add = ({ alerts }: z.infer<typeof Settings>) => ({ 'alerts.above': (alerts.above ?? 0n) + 1n })
    await Promise.all(
      names.map(() => settings.update(user, (value) => add(value as z.infer<typeof Settings>))),
    )
    expect((await settings.get(user)).alerts.above).toBe(20n)
    const ids = [user, { userId: 'u2' }]
    expect((await settings.getMany(ids)).map(({ alerts }) => alerts.above)).toEqual([20n, undefined])
  })

  test('with a version a change is made only if nobody was faster', async () => {
    const { settings } = await world(make())
    const { version } = await settings.update(user, { theme: 'light' }, { ifVersion: 0 })
    await expect(settings.update(user, { theme: 'dark' }, { ifVersion: 0 })).rejects.toThrow(
      VersionConflictError,
    )
    await expect(settings.replace(user, defaults, { ifVersion: version - 1 })).rejects.toMatchObject({
      code: 'HF_VERSION_CONFLICT',
      found: version,
    })
    await expect(settings.reset(user, { ifVersion: 0 })).rejects.toThrow(
      `settings:u1 has the version ${version}, not 0`,
    )
    expect((await settings.replace(user, defaults, { ifVersion: version })).value).toEqual(defaults)
    expect((await settings.read(user)).version).toBeGreaterThan(version)
  })
})

test.each([
  ['a field that there is not', { thene: 'dark' }, "it has no field 'thene'"],
  ['a field that there is not in an object', { 'alerts.sms': true }, "it has no field 'alerts.sms'"],
  [
    'one inside of a value',
    { slippage: { buy: '1', sell: '1', swap: '1' } },
    "it has no field 'slippage.swap'",
  ],
  ['a path through a list', { 'pinned.0': 'SOL' }, "'pinned.0' leads through something that is no object"],
  ['a path through null', { 'stopLoss.percent': 5 }, "'stopLoss.percent' leads through something that"],
  ['the prototype', { '__proto__.theme': 'dark' }, "it has no field '__proto__"],
  ['the constructor', { 'constructor.name': 'x' }, "it has no field 'constructor"],
  ['a value of another type', { theme: 'blue' }, 'the record does not fit its schema: theme: '],
  [
    'a record that does not fit as a whole',
    { 'slippage.buy': '0', 'slippage.sell': '0' },
    'one slippage must',
  ],
  [
    'a field and one inside of it',
    { alerts: { email: true }, 'alerts.email': true },
    "'alerts' and a field in it",
  ],
  ['an empty path', { '': 'x' }, "it has no field ''"],
  ['no object', [], 'changes are an object of paths'],
])('%s is refused, and nothing changes', async (_what, changes, problem) => {
  const { settings } = await world()
  const before = await settings.update(user, { theme: 'light' })
  const refused = settings.update(user, changes as never)
  await expect(refused).rejects.toThrow(InvalidValueError)
  await expect(refused).rejects.toThrow(problem)
  expect(await settings.read(user)).toEqual(before)
  expect(({} as { theme?: string }).theme).toBeUndefined()
})

test('records that are too large, or lack fields, are refused', async () => {
  const { settings } = await world()
  await expect(settings.update(user, { 'notes.x': 'x'.repeat(500) })).rejects.toThrow(ValueTooLargeError)
  await expect(settings.replace(user, { theme: 'blue' } as never)).rejects.toThrow(InvalidValueError)
  await expect(settings.replace(user, { ...defaults, extra: 1 } as never)).rejects.toThrow("no field 'extra'")
  await expect(settings.update(user, { theme: 'dark' }, { ifVersion: -1 })).rejects.toThrow(DeclarationError)
  expect((await settings.read(user)).version).toBe(0)
})

test('a changed default changes for all who did not set the field', async () => {
  const store = memoryStore()
  const { settings } = await world(store)
  await settings.update(user, { theme: 'light', 'slippage.buy': '2' })
  const newer = record({
    key: 'settings:{userId}',
    about: 'x',
    value: Settings,
    defaults: { ...defaults, slippage: { buy: '3', sell: '4' }, pinned: ['ETH'] },
    ttl: 'forever',
  })
  const state = await open({ newer }, { store })
  expect(await state.newer.get(user)).toMatchObject({
    theme: 'light',
    slippage: { buy: '2', sell: '4' },
    pinned: ['ETH'],
  })
  await state.close()
})

test('a stored record that does not fit any more is no default: reads fail until it is mended', async () => {
  const store = memoryStore()
  const { settings } = await world(store)
  await settings.update(user, { theme: 'light' })
  const value = z.object({ ...Settings.shape, theme: z.enum(['dark', 'dim']) })
  const newer = record({
    key: 'settings:{userId}',
    about: 'x',
    value,
    defaults: { ...defaults, theme: 'dark' },
    ttl: '1d',
  })
  const state = await open({ newer }, { store })
  await expect(state.newer.get(user)).rejects.toThrow(InvalidValueError)
  await expect(state.newer.update(user, { 'alerts.email': true })).rejects.toThrow(InvalidValueError)
  expect((await state.newer.update(user, { theme: 'dim' })).value.theme).toBe('dim')
  await state.close()
})

test('values are frozen copies, and what the caller goes on using is neither', async () => {
  const { settings } = await world()
  const pinned = ['SOL', 'ETH']
  const { value } = await settings.update(user, { pinned })
  pinned.push('BTC')
  expect((await settings.get(user)).pinned).toEqual(['SOL', 'ETH'])
  expect(Object.isFrozen(value.pinned)).toBe(true)
  expect(Object.isFrozen((await settings.get({ userId: 'u2' })).alerts)).toBe(true)
})

test('who is overtaken a hundred times in a row is told', async () => {
  const racing: StoreFactory = (context) => {
    const store = memoryStore()(context)
    const { records } = store.collections
    const revise: typeof records.revise = async (key, expected, text, keepMs) => {
      await records.revise(key, undefined, 'j{}', keepMs)
      return records.revise(key, expected, text, keepMs)
    }
    return { ...store, collections: { ...store.collections, records: { ...records, revise } } }
  }
  const { settings } = await world(racing)
  await expect(settings.update(user, { theme: 'light' })).rejects.toThrow(ContendedError)
})

test('after close it says so', async () => {
  const { settings, close } = await world()
  await close()
  await expect(settings.get(user)).rejects.toThrow(ClosedError)
  await expect(settings.update(user, { theme: 'dark' })).rejects.toThrow(ClosedError)
})

test.each([
  ['value', { value: {} }],
  ['defaults', { defaults: undefined }],
  ['defaults', { defaults: { ...defaults, theme: 'blue' } }],
  ['ttl', { ttl: undefined }],
  ['maxValueBytes', { maxValueBytes: 2 ** 20 + 1 }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const sound = { key: 'a:{id}', about: 'x', ttl: '1d', value: Settings, defaults } as const
  const declare = (): unknown => record({ ...sound, ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`record('a:{id}').${field}`)
})
