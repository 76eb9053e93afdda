import { registerCacheDriverTestSuite } from 'bentocache/test_suite'
import { afterEach, assert, beforeAll, describe, onTestFinished } from 'vitest'
import { BentocacheDriver } from './bentocache-driver.ts'
import { judge } from './judge.ts'
import { NamespacedCache, type Place, places } from './namespaced-cache.ts'
import { BENTOCACHE } from './verdicts.ts'

// The suite that bentocache holds its own drivers to. It is written for another runner: this is as much of that
// runner as it uses.

type Teardown = () => unknown
type Work = (context: { assert: typeof assert; cleanup: (teardown: Teardown) => void }) => unknown

const group = {
  setup: (begin: () => Promise<Teardown>): void =>
    beforeAll(async () => {
      const end = await begin()
      return async () => void (await end())
    }),
  tap: (): void => undefined,
  each: { teardown: (end: Teardown): void => afterEach(async () => void (await end())) },
}

describe.each(Object.entries(places))('bentocache/test_suite in %s', (_, place) => {
  judge(BENTOCACHE, (it) => {
    let here: Place | undefined
    registerCacheDriverTestSuite({
      test: ((name: string, work: Work) =>
        it(name, () =>
          work({ assert, cleanup: (end) => onTestFinished(async () => void (await end())) }),
        )) as never,
      group: group as never,
      createDriver: ({ prefix = 'bentocache' } = {}) =>
        new BentocacheDriver(new NamespacedCache((here ??= place()), prefix)),
    })
  })
})
