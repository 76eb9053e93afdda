import * as suite from '@keyv/test-suite'
import { Keyv, type KeyvOptions } from 'keyv'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { judge } from './judge.ts'
import { KeyvStore } from './keyv-store.ts'
import { NamespacedCache, places } from './namespaced-cache.ts'
import { KEYV_LEFT_OUT, KEYV_TEXTS, KEYV_VALUES } from './verdicts.ts'

// The suite that Keyv holds its storage adapters to: once as Keyv is used, when stores see texts only, and once with
// values that go through as they are.

class KeyvOfValues extends Keyv {
  constructor(options: KeyvOptions = {}) {
    super({ serialize: undefined, deserialize: undefined, ...options } as KeyvOptions)
  }
}

const { keyvApiTests, keyvValueTests, keyvNamespaceTest, keyvIteratorTests } = suite

describe.each(Object.entries(places))('@keyv/test-suite in %s', (_, place) => {
  describe.each([
    ['texts', KEYV_TEXTS, Keyv],
    ['values', KEYV_VALUES, KeyvOfValues],
  ] as const)('with %s', (_, verdict, AnyKeyv) => {
    let cache: NamespacedCache
    beforeAll(() => void (cache = new NamespacedCache(place(), 'keyv')))
    afterAll(() => cache.close())

    judge(verdict, (it) => {
      const runner = { it, beforeEach, afterEach } as never
      for (const part of [keyvApiTests, keyvValueTests, keyvNamespaceTest, keyvIteratorTests])
        part(runner, AnyKeyv, () => new KeyvStore(cache))
    })
  })
})

test('every part of @keyv/test-suite is run, or left out for a reason', () => {
  const known = [
    'keyvApiTests',
    'keyvValueTests',
    'keyvNamespaceTest',
    'keyvIteratorTests',
    ...Object.keys(KEYV_LEFT_OUT),
  ]
  // The first is all of the first three; `delay` is a tool.
  expect(Object.keys(suite).toSorted()).toEqual(['default', 'delay', ...known].toSorted())
})
