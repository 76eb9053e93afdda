import { registerStoreTestSuite } from '@verrou/core/test_suite'
import { memoryStore } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, assert, describe } from 'vitest'
import { freshRedis } from '../servers/redis.ts'
import { judge } from './judge.ts'
import { VERROU } from './verdicts.ts'
import { VerrouLocks } from './verrou-store.ts'

// The suite that verrou holds its own stores to. It is written for another runner: this is as much of that runner as it
// uses. Most of it sleeps, so its tests run side by side.

const asserts = {
  ...assert,
  async rejects(work: () => Promise<unknown>, message: string): Promise<void> {
    const error: unknown = await work().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.instanceOf(error, Error)
    assert.equal(error.message, message)
  },
}
type Work = (context: { assert: typeof asserts }) => Promise<unknown>

const places = {
  memory: () => memoryStore(),
  redis: () => redisStore(freshRedis()),
}

describe.each(Object.entries(places))('@verrou/core/test_suite in %s', (_, place) => {
  describe.concurrent('its tests', () => {
    judge(VERROU, (it) => {
      const stores: VerrouLocks[] = []
      afterAll(() => Promise.all(stores.map((store) => store.close())))
      registerStoreTestSuite({
        test: ((name: string, work: Work) => {
          let expected: string | undefined
          it(name, async () => {
            const run = (): Promise<unknown> => work({ assert: asserts })
            await (expected === undefined ? run() : asserts.rejects(run, expected))
          })
          return { throws: (message: string) => (expected = message) }
        }) as never,
        createStore() {
          const store = new VerrouLocks(place())
          stores.push(store)
          return store
        },
      })
    })
  })
})
