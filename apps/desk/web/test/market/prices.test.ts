import { describe, expect, test, vi } from 'vitest'
import { ageOf, createPriceStore, isStale } from '../../src/market/prices.ts'
import { price } from '../fixtures.ts'
import { manualClock } from '../manual-clock.ts'

const SOL = 'solana:So1'

describe('the price store', () => {
  test('tells the watchers of the asset that ticked, and nobody else', () => {
    const store = createPriceStore(manualClock())
    const sol = vi.fn<() => void>()
    const jup = vi.fn<() => void>()
    store.of(SOL).subscribe(sol)
    store.of('solana:Jup').subscribe(jup)
    store.accept([price()])
    expect(sol).toHaveBeenCalledOnce()
    expect(jup).not.toHaveBeenCalled()
  })

  test('ignores a price that was overtaken', () => {
    const store = createPriceStore(manualClock())
    store.accept([price({ seq: 5, price: '5' })])
    store.accept([price({ seq: 4, price: '4' })])
    expect(store.of(SOL).get()?.price.price).toBe('5')
  })

  test('takes a snapshot of a restarted desk, which counts from the beginning', () => {
    const store = createPriceStore(manualClock())
    store.accept([price({ seq: 500, price: '5' })])
    store.accept([price({ seq: 1, price: '6' })], { snapshot: true })
    expect(store.of(SOL).get()?.price.price).toBe('6')
  })

  test('keeps two addresses apart that differ only in case', () => {
    const store = createPriceStore(manualClock())
    store.accept([price({ asset: 'AbC', price: '1' }), price({ asset: 'aBc', price: '2' })])
    expect(store.of('solana:AbC').get()?.price.price).toBe('1')
    expect(store.of('solana:aBc').get()?.price.price).toBe('2')
  })

  test('remembers the direction and the digits of the last move', () => {
    const store = createPriceStore(manualClock())
    store.accept([price({ seq: 1, price: '184.23' })])
    expect(store.of(SOL).get()).toMatchObject({ direction: 0, changedFrom: 6 })
    store.accept([price({ seq: 2, price: '184.31' })])
    expect(store.of(SOL).get()).toMatchObject({ direction: 1, changedFrom: 4 })
    store.accept([price({ seq: 3, price: '184.31' })])
    expect(store.of(SOL).get()).toMatchObject({ direction: 1, changedFrom: 4 })
    store.accept([price({ seq: 4, price: '183.31' })])
    expect(store.of(SOL).get()).toMatchObject({ direction: -1, changedFrom: 2 })
  })

  test('keeps the most decimals it has seen, so that the column does not jump', () => {
    const store = createPriceStore(manualClock())
    store.accept([price({ seq: 1, price: '1.4999' })])
    store.accept([price({ seq: 2, price: '1.5' })])
    expect(store.of(SOL).get()?.places).toBe(4)
  })

  test('is empty after it was cleared', () => {
    const store = createPriceStore(manualClock())
    store.accept([price()])
    store.clear()
    expect(store.of(SOL).get()).toBeNull()
  })
})

describe('the age of a price', () => {
  test('counts on from the age it was sent with', () => {
    const clock = manualClock()
    const store = createPriceStore(clock)
    store.accept([price({ ageMs: 1_500 })])
    clock.advance(2_000)
    const live = store.of(SOL).get()
    if (!live) throw new Error('no price')
    expect(ageOf(live, clock.now())).toBe(3_500)
    expect(ageOf(live, -100)).toBe(1_500)
  })

  test('makes it stale after half a minute, and at once when the desk says so', () => {
    const clock = manualClock()
    const store = createPriceStore(clock)
    store.accept([price(), price({ asset: 'Old', stale: true })])
    const [fresh, old] = [store.of(SOL).get(), store.of('solana:Old').get()]
    if (!fresh || !old) throw new Error('no price')
    expect([isStale(fresh, 29_999), isStale(fresh, 30_000), isStale(old, 0)]).toEqual([false, true, true])
  })
})
