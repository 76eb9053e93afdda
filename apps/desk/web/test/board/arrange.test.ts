import { describe, expect, test } from 'vitest'
import { filterAssets, nextSort, sortAssets, type Sort } from '../../src/board/arrange.ts'
import { steppedIndex } from '../../src/board/step.ts'
import type { LivePrice } from '../../src/market/prices.ts'
import { asset, price } from '../fixtures.ts'

const SOL = asset('SOL', { name: 'Solana' })
const WIF = asset('WIF', { name: 'dogwifhat' })
const ETH = asset('WETH', { name: 'Wrapped Ether', chain: 'monad', asset: '0xb5a3' })
const ALL = [SOL, WIF, ETH]

describe('filtering the board', () => {
  test.each([
    ['sol', '', ['SOL']],
    ['DOG', '', ['WIF']],
    ['0xb5', '', ['WETH']],
    ['b5a3', '', []],
    ['  w ', '', ['WIF', 'WETH']],
    ['w', 'monad', ['WETH']],
    ['', 'solana', ['SOL', 'WIF']],
  ])('by %j on chain %j finds %j', (text, chain, found) => {
    expect(filterAssets(ALL, { text, chain }).map(({ symbol }) => symbol)).toEqual(found)
  })
})

describe('sorting the board', () => {
  const live = (change: Parameters<typeof price>[0], receivedAt = 0): LivePrice => ({
    price: price(change),
    receivedAt,
    direction: 0,
    changedFrom: 0,
    places: 2,
  })
  const prices = new Map<string, LivePrice>([
    ['SOL', live({ price: '9007199254740993', change24h: '-1', tier: 'source' }, 5)],
    ['WIF', live({ price: '9007199254740992', change24h: null, tier: 'l1' }, 9)],
  ])
  const symbols = (sort: Sort): string[] =>
    sortAssets(
      ALL,
      sort,
      ({ symbol }) => prices.get(symbol) ?? null,
      ({ receivedAt }) => -receivedAt,
    ).map(({ symbol }) => symbol)

  test('leaves the order of the desk alone without a column', () => {
    expect(symbols(null)).toEqual(['SOL', 'WIF', 'WETH'])
  })

  test('compares prices exactly, and puts what has none last in both directions', () => {
    expect(symbols({ column: 'price', direction: 'ascending' })).toEqual(['WIF', 'SOL', 'WETH'])
    expect(symbols({ column: 'price', direction: 'descending' })).toEqual(['SOL', 'WIF', 'WETH'])
  })

  test('puts an unknown change behind every known one', () => {
    expect(symbols({ column: 'change', direction: 'descending' })).toEqual(['SOL', 'WIF', 'WETH'])
    expect(symbols({ column: 'change', direction: 'ascending' })).toEqual(['SOL', 'WIF', 'WETH'])
  })

  test('orders by text, age and tier', () => {
    expect(symbols({ column: 'symbol', direction: 'descending' })).toEqual(['WIF', 'WETH', 'SOL'])
    expect(symbols({ column: 'chain', direction: 'ascending' })).toEqual(['WETH', 'SOL', 'WIF'])
    expect(symbols({ column: 'age', direction: 'ascending' })).toEqual(['WIF', 'SOL', 'WETH'])
    expect(symbols({ column: 'tier', direction: 'descending' })).toEqual(['SOL', 'WIF', 'WETH'])
  })

  test('goes from ascending to descending to the order of the desk', () => {
    const first = nextSort(null, 'price')
    const second = nextSort(first, 'price')
    expect([first, second, nextSort(second, 'price')]).toEqual([
      { column: 'price', direction: 'ascending' },
      { column: 'price', direction: 'descending' },
      null,
    ])
    expect(nextSort(second, 'age')).toEqual({ column: 'age', direction: 'ascending' })
  })
})

describe('moving between rows', () => {
  test.each([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 23, 23],
    ['ArrowUp', 0, 0],
    ['PageDown', 5, 15],
    ['PageUp', 5, 0],
    ['Home', 9, 0],
    ['End', 9, 23],
    ['Enter', 9, null],
  ])('%s from row %i of 24 leads to %s', (key, from, to) => {
    expect(steppedIndex(key, from, 24)).toBe(to)
  })

  test('leads nowhere from outside the rows', () => {
    expect(steppedIndex('ArrowDown', -1, 24)).toBeNull()
    expect(steppedIndex('ArrowDown', 0, 0)).toBeNull()
  })
})
