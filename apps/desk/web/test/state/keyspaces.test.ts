import { describe, expect, test } from 'vitest'
import { busiestFirst } from '../../src/state/busiest-first.ts'
import { readsOf, shownCounts } from '../../src/state/keyspace-counts.ts'
import { createKeyspaceRates, currentRate } from '../../src/state/keyspace-rates.ts'
import { keyspaceSentence } from '../../src/state/keyspace-sentence.ts'
import { deskState, keyspace } from '../fixtures.ts'

describe('reads per second', () => {
  test('come from the growth of the counts over the uptime of the desk', () => {
    const rates = createKeyspaceRates()
    rates.accept(deskState(1_000, [keyspace({ l1Hits: 100 })]))
    rates.accept(deskState(3_000, [keyspace({ l1Hits: 180, l2Hits: 15, loads: 5 })]))
    expect(rates.observed.get()?.rates.get('price')).toEqual([50])
  })

  test('start over when the desk was restarted, and never fall below zero', () => {
    const rates = createKeyspaceRates()
    rates.accept(deskState(9_000, [keyspace({ l1Hits: 100 })]))
    rates.accept(deskState(10_000, [keyspace({ l1Hits: 110 })]))
    rates.accept(deskState(500, [keyspace({ l1Hits: 3 })]))
    expect(rates.observed.get()?.rates.size).toBe(0)
    rates.accept(deskState(1_500, [keyspace({ l1Hits: 1 })]))
    expect(rates.observed.get()?.rates.get('price')).toEqual([0])
  })

  test('are kept for a minute', () => {
    const rates = createKeyspaceRates()
    for (let second = 1; second <= 100; second += 1) {
      rates.accept(deskState(second * 1_000, [keyspace({ l1Hits: second * second })]))
    }
    expect(rates.observed.get()?.rates.get('price')).toHaveLength(60)
  })

  test('do not count one message twice', () => {
    const rates = createKeyspaceRates()
    const state = deskState(1_000, [keyspace()])
    rates.accept(state)
    const before = rates.observed.get()
    rates.accept(state)
    expect(rates.observed.get()).toBe(before)
  })

  test('are smoothed for reading, and unknown at first', () => {
    expect(currentRate(undefined)).toBeNull()
    expect(currentRate([])).toBeNull()
    expect(currentRate([1_000, 10, 20, 30, 40, 50])).toBe(30)
  })

  test('count a miss by its load, unless the desk counts misses', () => {
    expect(readsOf(keyspace({ l1Hits: 1, l2Hits: 2, loads: 3 }))).toBe(6)
    expect(readsOf(keyspace({ l1Hits: 1, l2Hits: 2, loads: 3, misses: 10 }))).toBe(13)
  })
})

describe('the counts of a keyspace', () => {
  test('are shown in a fixed order, sizes left out, failures marked', () => {
    const counts = { l1Bytes: 9, grantsLost: 4, badEntries: 0, loadFailures: 2, l2Hits: 5, l1Hits: 6 }
    expect(shownCounts({ ...keyspace(), counts })).toEqual([
      { name: 'L1 hits', count: 6, alarming: false },
      { name: 'L2 hits', count: 5, alarming: false },
      { name: 'Load errors', count: 2, alarming: true },
      { name: 'Bad entries', count: 0, alarming: false },
      { name: 'Grants lost', count: 4, alarming: false },
    ])
  })

  test('may be none at all: a lock reads nothing', () => {
    const lock = { ...keyspace(), kind: 'lock', counts: {} }
    expect(readsOf(lock)).toBe(0)
    expect(keyspaceSentence(lock)).toBe('Nothing has been read yet.')
  })
})

describe('the order of keyspaces', () => {
  test('follows the magnitude of their reads, so that it rarely changes', () => {
    const names = busiestFirst([
      keyspace({ l1Hits: 11 }, 'agent'),
      keyspace({ l1Hits: 0 }, 'unread'),
      keyspace({ l1Hits: 1 }, 'once'),
      keyspace({ l1Hits: 98 }, 'assets'),
      keyspace({ l1Hits: 4_000 }, 'price'),
    ]).map(({ name }) => name)
    expect(names).toEqual(['price', 'agent', 'assets', 'once', 'unread'])
  })
})

describe('the sentence of a keyspace', () => {
  test('says who answered', () => {
    expect(keyspaceSentence(keyspace({ l1Hits: 978, l2Hits: 20, loads: 2 }))).toBe(
      'Of 1,000 reads, 97.8 % never left this process, 2 had to ask the source.',
    )
  })

  test('tells callers who shared a load from loads', () => {
    expect(keyspaceSentence(keyspace({ l1Hits: 50, misses: 50, loads: 1 }))).toBe(
      'Of 100 reads, 50.0 % never left this process, 50 waited for 1 load of the source.',
    )
    expect(keyspaceSentence(keyspace({ l1Hits: 50, misses: 50, loads: 2 }))).toContain('for 2 loads of')
  })

  test('names failures', () => {
    expect(keyspaceSentence(keyspace({ l1Hits: 10, loadFailures: 2, storeFailures: 1 }))).toBe(
      'Of 10 reads, 100 % never left this process, none had to ask the source, and 3 failed.',
    )
  })

  test('is honest before the first read', () => {
    expect(keyspaceSentence(keyspace())).toBe('Nothing has been read yet.')
  })
})
