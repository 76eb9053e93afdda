import { createHash } from 'node:crypto'
import { CollectionFullError, DeclarationError, flags, InvalidValueError, open, rolloutPlace } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { stores } from '../../servers/stores.ts'

const feature = flags({ key: 'flag:{name}', about: 'New parts of the dashboard.', ttl: 'forever', max: 3 })
const beta = flags({ key: 'beta:{name}', about: 'On for half.', ttl: '30d', max: 3, percent: 50 })
const chart = { name: 'chart' }
const subjects = Array.from({ length: 2_000 }, (_, index) => `user ${index}`)

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('off for all, on for a share, and as fixed for whom it was fixed', async () => {
    const state = await open({ feature, beta }, { store: make() })
    const { feature: flag } = state
    const isIn = subjects.find((subject) => rolloutPlace('flag:chart', subject) < 25) ?? ''
    const isOut = subjects.find((subject) => rolloutPlace('flag:chart', subject) >= 25) ?? ''
    expect(await flag.share(chart)).toBe(0)
    expect(await flag.isOn(chart, isIn)).toBe(false)
    await flag.setShare(chart, 25)
    expect(await flag.share(chart)).toBe(25)
    expect([await flag.isOn(chart, isIn), await flag.isOn(chart, isOut)]).toEqual([true, false])
    await flag.fix(chart, isIn, false)
    await flag.fix(chart, isOut, true)
    expect([await flag.isOn(chart, isIn), await flag.isOn(chart, isOut)]).toEqual([false, true])
    await expect(flag.fix(chart, 'one more', true)).rejects.toThrow(CollectionFullError)
    await flag.setShare(chart, 0)
    await flag.fix(chart, isOut, undefined)
    expect(await flag.areOn([chart, { name: 'other' }], isOut)).toEqual([false, false])
    await flag.setShare(chart, 100)
    expect(await flag.areOn([chart, { name: 'other' }], isOut)).toEqual([true, false])
    expect(await flag.clear(chart)).toBe(true)
    expect(await flag.isOn(chart, isOut)).toBe(false)
    expect(await state.beta.share(chart)).toBe(50)
    await state.close()
  })
})

test('the share can be set whatever is fixed', async () => {
  const state = await open({ feature })
  for (const subject of ['a', 'b', 'c']) await state.feature.fix(chart, subject, true)
  await state.feature.setShare(chart, 10)
  expect(await state.feature.share(chart)).toBe(10)
  await state.close()
})

test('places are as documented, spread evenly, and in another order for each flag', () => {
  const digest = createHash('sha256').update('flag:chart\nuser 1').digest('hex')
  expect(rolloutPlace('flag:chart', 'user 1')).toBe(
    (Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48) * 100,
  )
  for (const percent of [1, 10, 50]) {
    const share = subjects.filter((subject) => rolloutPlace('flag:chart', subject) < percent).length / 20
    expect(Math.abs(share - percent)).toBeLessThan(3)
  }
  const both = subjects.filter(
    (subject) => rolloutPlace('flag:chart', subject) < 50 && rolloutPlace('flag:book', subject) < 50,
  )
  expect(Math.abs(both.length / 20 - 25)).toBeLessThan(4)
})

test('what is no share and no subject is refused', async () => {
  const state = await open({ feature })
  for (const percent of [-1, 101, Number.NaN, '5'])
    await expect(state.feature.setShare(chart, percent as number)).rejects.toThrow(DeclarationError)
  await expect(state.feature.isOn(chart, '')).rejects.toThrow(InvalidValueError)
  await expect(state.feature.fix(chart, '', true)).rejects.toThrow(InvalidValueError)
  expect(() => flags({ key: 'f:{id}', about: 'x', ttl: '1d', max: 1, percent: 101 })).toThrow(
    "flags('f:{id}').percent: 101 is no number from 0 to 100",
  )
  await state.close()
})
