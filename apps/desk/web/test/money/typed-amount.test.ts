import { describe, expect, test } from 'vitest'
import { assetPlaces, pricePlaces } from '../../src/money/places.ts'
import { amountError, typedAmount } from '../../src/money/typed-amount.ts'

describe('a typed amount', () => {
  test.each([
    ['12.5', '12.5'],
    [' 12.50 ', '12.50'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['007', '7'],
    ['0', '0'],
  ])('%j is read as %s', (text, amount) => expect(typedAmount(text)).toBe(amount))

  test.each(['', '.', '1,5', '1e3', '-1', '+1', 'ten', '1.2.3', '٣', '9'.repeat(41)])(
    '%j is no amount',
    (text) => expect(typedAmount(text)).toBeNull(),
  )
})

describe('what is wrong with an amount', () => {
  const limits = { unit: 'SOL', available: '2.5', places: 9 }
  test.each([
    ['', /Enter how much SOL/],
    ['abc', /plain number/],
    ['0.000', /more than zero/],
    ['0.0000000001', /at most 9 decimals/],
    ['2.500000001', /Only 2\.5 SOL/],
  ])('%j is said', (text, words) => expect(amountError(text, limits)).toMatch(words))

  test('is nothing, when it is all that there is', () => {
    expect(amountError('2.500000000', limits)).toBeNull()
  })

  test('is not guessed where the limits are not known', () => {
    expect(amountError('99999999999999999999.5', { unit: 'USDC' })).toBeNull()
  })
})

describe('how many decimals are worth reading', () => {
  test.each([
    ['0', 0],
    ['8.13061031', 5],
    ['16431124.5', 0],
    ['0.00012345678', 9],
    ['0.5', 1],
  ])('%s: %i', (amount, places) => expect(assetPlaces(amount)).toBe(places))

  test.each([
    ['0.0613280946679', 7],
    ['0.002179087296831', 8],
    ['97204.46', 2],
    ['184.3', 1],
    ['3413.91999', 2],
  ])('of the price %s: %i', (price, places) => expect(pricePlaces(price)).toBe(places))
})
