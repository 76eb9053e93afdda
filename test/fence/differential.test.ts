import { memoryStore, type Store, systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, expect, test } from 'vitest'
import type { Fences } from '../../src/fence/port.ts'
import { freshRedis } from '../servers/redis.ts'
import { differRedis, fakeFences } from '../simulation/strong/differential-redis.ts'

// The same random operations on memory, on Redis and on the fake one of the simulator give the same answers, and leave
// the same entries.

const STEPS = 10_000

const stores: Store[] = []
afterAll(() => Promise.all(stores.map((store) => store.close())))

async function fencesOf(factory: ReturnType<typeof memoryStore>): Promise<Fences> {
  const nobody = {
    changed: () => undefined,
    ticketChanged: () => undefined,
    lost: () => undefined,
    resumed: () => undefined,
  }
  const store = factory({ clock: systemClock, trackedPrefixes: [], listener: nobody })
  stores.push(store)
  await store.connect()
  return store.fences.within({ nonce: 'n', run: store.fences.server().run })
}

test(`${STEPS} random operations: memory, Redis and the fake agree`, { timeout: 60_000 }, async () => {
  const [redis, memory] = await Promise.all([fencesOf(redisStore(freshRedis())), fencesOf(memoryStore())])
  const seed = Math.floor(Math.random() * 2 ** 31)
  const answers = await differRedis([redis, memory, fakeFences()], STEPS, seed)
  // The run met what it should meet.
  expect([...answers]).toEqual(
    expect.arrayContaining([
      'fill true',
      'fill false',
      'settle "applied"',
      'settle "released"',
      'settle "gone"',
    ]),
  )
})
