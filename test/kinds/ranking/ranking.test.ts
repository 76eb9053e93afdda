import {
  ClosedError,
  CollectionFullError,
  DeclarationError,
  InvalidValueError,
  memoryStore,
  open,
  ranking,
} from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

const points = ranking({ key: 'points:{game}', about: 'Points.', ttl: '1d', max: 4 })
const profit = ranking({
  key: 'profit:{league}',
  about: 'Realised profit of agents, each day.',
  windows: { every: '1d', keep: 2 },
  max: 100,
  decimals: 2,
})
const laps = ranking({
  key: 'laps:{track}',
  about: 'Best laps.',
  ttl: '1d',
  max: 2,
  first: 'lowest',
  whenFull: 'refuse',
})
const game = { game: 'g' }
const league = { league: 'l' }

async function world() {
  const clock = virtualClock()
  const state = await open({ points, profit, laps }, { store: memoryStore(), clock })
  onTestFinished(() => state.close())
  return { ...state, clock }
}

test('top, around, rank: the highest first, equal scores by name', async () => {
  const { points } = await world()
  await points.setMany(game, [
    { member: 'a', score: 1 },
    { member: 'b', score: 3 },
    { member: 'c', score: 3 },
  ])
  expect(await points.add(game, 'd', 2.5)).toBe(2.5)
  const [b, c, d, a] = [
    { rank: 2, member: 'b', score: 3 },
    { rank: 1, member: 'c', score: 3 },
    { rank: 3, member: 'd', score: 2.5 },
    { rank: 4, member: 'a', score: 1 },
  ]
  expect(await points.top(game)).toEqual([c, b, d, a])
  expect(await points.top(game, { most: 2, from: 1 })).toEqual([b, d])
  expect(await points.around(game, 'd', 1)).toEqual([b, d, a])
  expect(await points.around(game, 'x', 1)).toEqual([])
  expect(await points.rank(game, 'a')).toEqual(a)
  expect(await points.rank(game, 'x')).toBeUndefined()
  expect(await points.scores(game, ['x', 'a', 'x'])).toEqual([undefined, 1, undefined])
  expect(await points.remove(game, 'c')).toBe(1)
  expect(await points.count(game)).toBe(3)
  expect(await points.clear(game)).toBe(true)
})

test('beyond the bound the last is dropped, and whoever is it is told', async () => {
  const { points } = await world()
  await points.setMany(
    game,
    ['a', 'b', 'c', 'd'].map((member, index) => ({ member, score: index })),
  )
  expect(await points.set(game, 'e', -1)).toBe(false)
  expect(await points.add(game, 'e', -1)).toBeUndefined()
  expect(await points.set(game, 'e', 10)).toBe(true)
  expect((await points.top(game)).map(({ member }) => member)).toEqual(['e', 'd', 'c', 'b'])
})

test('the lowest first, and a bound that refuses', async () => {
  const { laps } = await world()
  const track = { track: 't' }
  await laps.set(track, 'a', 61.5)
  await laps.set(track, 'b', 60)
  await expect(laps.set(track, 'c', 1)).rejects.toThrow(CollectionFullError)
  expect(await laps.top(track)).toEqual([
    { rank: 1, member: 'b', score: 60 },
    { rank: 2, member: 'a', score: 61.5 },
  ])
})

test('each window is a ranking of its own', async () => {
  const { profit, clock } = await world()
  await profit.add(league, 'a', '1.5')
  await clock.advance(86_400_000)
  await profit.add(league, 'a', '0.25')
  expect(await profit.top(league)).toEqual([{ rank: 1, member: 'a', score: '0.25' }])
  expect(await profit.top(league, { ago: 1 })).toEqual([{ rank: 1, member: 'a', score: '1.50' }])
  expect(await profit.rank(league, 'a', { ago: 1 })).toMatchObject({ score: '1.50' })
  await expect(profit.count(league, { ago: 2 })).rejects.toThrow(/^profit\.ago: /)
})

test('decimal scores are exact to the last place, whatever is added', async () => {
  const { profit } = await world()
  const cents = fc.bigInt({ min: -(2n ** 45n), max: 2n ** 45n })
  const text = (scaled: bigint): string => {
    const digits = String(scaled < 0n ? -scaled : scaled).padStart(3, '0')
    return `${scaled < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
  }
  await fc.assert(
    fc.asyncProperty(fc.array(cents, { minLength: 1, maxLength: 20 }), async (amounts) => {
      await profit.clear(league)
      let sum = 0n
      for (const amount of amounts) {
        sum += amount
        expect(await profit.add(league, 'a', text(amount))).toBe(text(sum))
      }
    }),
    { numRuns: 50 },
  )
  expect(await profit.set(league, 'b', '12.5000')).toBe(true)
  expect(await profit.set(league, 'c', '-0')).toBe(true)
  expect(await profit.scores(league, ['b', 'c'])).toEqual(['12.50', '0.00'])
})

test.each(['1.234', '1e3', '', ' 1', '.5', '1.', 'NaN', '90071992547409.92', 5, null])(
  'the decimal score %j is refused',
  async (score) => {
    const { profit } = await world()
    await expect(profit.set(league, 'a', score as string)).rejects.toThrow(InvalidValueError)
    expect(await profit.count(league)).toBe(0)
  },
)

test('a decimal score that would pass 2^53 is refused, and stays', async () => {
  const { profit } = await world()
  await profit.set(league, 'a', '90071992547409.91')
  await expect(profit.add(league, 'a', '0.01')).rejects.toThrow(InvalidValueError)
  expect(await profit.scores(league, ['a'])).toEqual(['90071992547409.91'])
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, -Infinity, '5', undefined])(
  'the score %s is refused',
  async (score) => {
    const { points } = await world()
    await expect(points.set(game, 'a', score as number)).rejects.toThrow(InvalidValueError)
    await expect(points.add(game, 'a', score as number)).rejects.toThrow(
      /^points: a score is a finite number/,
    )
    expect(await points.count(game)).toBe(0)
  },
)

test('a member twice at once, and options that are none, are refused', async () => {
  const { points, close } = await world()
  const twice = [1, 2].map((score) => ({ member: 'a', score }))
  await expect(points.setMany(game, twice)).rejects.toThrow(/two scores/)
  await expect(points.set(game, '', 1)).rejects.toThrow(InvalidValueError)
  await expect(points.top(game, { most: 1_001 })).rejects.toThrow(/^points\.top\.most: /)
  await expect(points.top(game, { from: -1 })).rejects.toThrow(/^points\.top\.from: /)
  await expect(points.around(game, 'a', 501)).rejects.toThrow(/^points\.around\.reach: /)
  await close()
  await expect(points.top(game)).rejects.toThrow(ClosedError)
})

test.each([
  ['max', { max: undefined }],
  ['first', { first: 'best' }],
  ['whenFull', { whenFull: 'grow' }],
  ['decimals', { decimals: 16 }],
  ['decimals', { decimals: 0.5 }],
])('a declaration with a wrong %s is refused by name', (field, wrong) => {
  const sound = { key: 'a:{id}', about: 'x', ttl: '1d', max: 5 } as const
  const declare = (): unknown => ranking({ ...sound, ...(wrong as object) })
  expect(declare).toThrow(DeclarationError)
  expect(declare).toThrow(`ranking('a:{id}').${field}`)
})
