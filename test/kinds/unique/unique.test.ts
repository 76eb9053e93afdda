import { ClosedError, DeclarationError, InvalidValueError, memoryStore, open, unique } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'

const readers = unique({ key: 'readers:{postId}', about: 'Readers of a post.', ttl: '7d' })
const visitors = unique({
  key: 'visitors:{site}:{page}',
  about: 'Visitors of a page, a day.',
  windows: { every: '1d', keep: 30 },
  slot: 'site',
})
const DAY_MS = 86_400_000
const home = { site: 'desk', page: 'home' }
const about = { site: 'desk', page: 'about' }

async function world() {
  const clock = virtualClock()
  const state = await open({ readers, visitors }, { store: memoryStore(), clock })
  onTestFinished(() => state.close())
  return { ...state, clock }
}

test('each is counted once, in each window and over several', async () => {
  const { visitors, clock } = await world()
  expect(await visitors.add(home, ['a', 'b', 'a'])).toBe(true)
  expect(await visitors.add(home, 'b')).toBe(false)
  expect(await visitors.add(home, [])).toBe(false)
  await clock.advance(DAY_MS)
  await visitors.add(home, ['b', 'c'])
  expect(await visitors.count(home)).toBe(2)
  expect(await visitors.count(home, { ago: 1 })).toBe(2)
  expect(await visitors.last(home, 2)).toBe(3)
  expect(await visitors.last(home, 30)).toBe(3)
  expect(await visitors.clear(home, { ago: 1 })).toBe(true)
  expect(await visitors.last(home, 2)).toBe(2)
})

test('ids of one slot are counted together, others are refused, on every store', async () => {
  const { visitors, readers } = await world()
  await visitors.add(home, ['a', 'b'])
  await visitors.add(about, ['b', 'c'])
  expect(await visitors.union([home, about])).toBe(3)
  expect(await visitors.union([home])).toBe(2)
  expect(await visitors.union([])).toBe(0)
  await expect(visitors.union([home, { ...about, site: 'other' }])).rejects.toThrow(
    /^visitors\.union: the ids differ in \{site\}/,
  )
  await expect(readers.union([{ postId: '1' }, { postId: '2' }])).rejects.toThrow(
    /^readers\.union: .* declare `slot`/,
  )
  expect(await readers.union([{ postId: '1' }])).toBe(0)
})

test.each([
  ['empty', ''],
  ['too long', 'x'.repeat(513)],
  ['no text', 5],
  ['null', null],
  ['not well-formed', '\ud800'],
])('a member that is %s is refused', async (_what, member) => {
  const { readers } = await world()
  await expect(readers.add({ postId: '1' }, ['a', member as string])).rejects.toThrow(InvalidValueError)
  expect(await readers.count({ postId: '1' })).toBe(0)
})

test('windows without a slot are refused: they could not be counted together', () => {
  const declare = (): unknown => unique({ key: 'a:{id}', about: 'x', windows: { every: '1d', keep: 2 } })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow("unique('a:{id}').slot: is missing")
})

test('more windows than are kept are refused; after close it says so', async () => {
  const { visitors, close } = await world()
  await expect(visitors.last(home, 31)).rejects.toThrow(/^visitors\.windows: 31 .* between 1 and 30$/)
  await close()
  await expect(visitors.count(home)).rejects.toThrow(ClosedError)
})
