import { ClosedError, CollectionFullError, DeclarationError, members, memoryStore, open } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'

const watching = members({ key: 'watching:{userId}', about: 'Assets.', ttl: '30d', max: 4 })
const user = { userId: 'u1' }

async function world() {
  const clock = virtualClock()
  const state = await open({ watching }, { store: memoryStore(), clock })
  onTestFinished(() => state.close())
  return { ...state, clock }
}

test('members are added once, asked for one by one and together, and removed', async () => {
  const { watching } = await world()
  expect(await watching.add(user, ['SOL', 'ETH', 'SOL'])).toBe(2)
  expect(await watching.add(user, 'ETH')).toBe(0)
  expect(await watching.has(user, 'SOL')).toBe(true)
  expect(await watching.has({ userId: 'u2' }, 'SOL')).toBe(false)
  expect(await watching.hasMany(user, ['BTC', 'ETH', 'BTC', 'SOL'])).toEqual([false, true, false, true])
  expect(await watching.hasMany(user, [])).toEqual([])
  expect(await watching.remove(user, ['ETH', 'BTC'])).toBe(1)
  expect(await watching.count(user)).toBe(1)
  expect(await watching.clear(user)).toBe(true)
  expect(await watching.count(user)).toBe(0)
})

test('what is beyond the bound is refused, with nothing added', async () => {
  const { watching } = await world()
  await watching.add(user, ['a', 'b', 'c'])
  const refused = watching.add(user, ['d', 'e'])
  await expect(refused).rejects.toThrow(CollectionFullError)
  await expect(refused).rejects.toThrow('watching:u1 would have more members than max, 4')
  expect(await watching.hasMany(user, ['d', 'e'])).toEqual([false, false])
  expect(await watching.add(user, ['a', 'd'])).toBe(1)
})

test('pages go on where the last one ended', async () => {
  const { watching } = await world()
  await watching.add(user, ['a', 'b', 'c'])
  const first = await watching.list(user, { most: 2 })
  expect(first.members).toEqual(['a', 'b'])
  expect(await watching.list(user, { from: first.next ?? '' })).toEqual({ members: ['c'], next: undefined })
  for (const from of ['c', String(2n ** 64n)])
    await expect(watching.list(user, { from })).rejects.toThrow(/^watching\.list\.from: /)
  await expect(watching.list(user, { most: 1_001 })).rejects.toThrow(/^watching\.list\.most: /)
})

test('a set is kept for so long after the last member was added', async () => {
  const { watching, clock } = await world()
  await watching.add(user, 'a')
  await clock.advance(29 * 86_400_000)
  await watching.add(user, 'a')
  await clock.advance(29 * 86_400_000)
  expect(await watching.count(user)).toBe(1)
  await clock.advance(86_400_000)
  expect(await watching.count(user)).toBe(0)
})

test.each([
  ['max', { max: 0 }],
  ['max', { max: undefined }],
  ['max', { max: 1_000_001 }],
  ['windows', { windows: { every: '1d', keep: 1 } }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const sound = { key: 'a:{id}', about: 'x', ttl: '1d', max: 5 } as const
  const declare = (): unknown => members({ ...sound, ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`members('a:{id}').${field}`)
})

test('after close it says so', async () => {
  const { watching, close } = await world()
  await close()
  await expect(watching.has(user, 'a')).rejects.toThrow(ClosedError)
})
