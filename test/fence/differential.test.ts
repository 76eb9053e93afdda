import { seededRandom } from '../simulation/seeded-random.ts'
import { memoryStore, type Store, systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, expect, test } from 'vitest'
import type { EncodedValue } from '../../src/entry/values.ts'
import type { FenceStore } from '../../src/fence/port.ts'
import { freshRedis } from '../servers/redis.ts'

// The same random operations on memory and on Redis give the same answers, and leave the same entries.

const STEPS = 10_000
const KEYS = ['a', 'b', 'c', 'd']
const TOKENS = ['1:p', '2:q', '3:r', '30:r', '3:rr']
const LEASES = ['one', 'two']
const KEEP_MS = 600_000

const stores: Store[] = []
afterAll(() => Promise.all(stores.map((store) => store.close())))

async function fencesOf(factory: ReturnType<typeof memoryStore>): Promise<FenceStore> {
  const nobody = {
    changed: () => undefined,
    ticketChanged: () => undefined,
    lost: () => undefined,
    resumed: () => undefined,
  }
  const store = factory({ clock: systemClock, trackedPrefixes: [], listener: nobody })
  stores.push(store)
  await store.connect()
  return store.fences
}

type Step = { readonly text: string; run(fences: FenceStore): Promise<unknown> }

function nextStep(random: () => number): Step {
  const one = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const [key, token, lease] = [one(KEYS), one(TOKENS), one(LEASES)]
  const some = KEYS.filter(() => random() < 0.5)
  const value: EncodedValue = { flag: 'j', version: 1, payload: `"${Math.floor(random() * 1e6)}\n V1 F"` }
  const kind = random()
  if (kind < 0.15)
    return { text: `lease ${some.join()} ${lease}`, run: (to) => to.lease(some, lease, KEEP_MS) }
  if (kind < 0.3) return { text: `fill ${key} ${lease}`, run: (to) => to.fill(key, lease, value, KEEP_MS) }
  if (kind < 0.5)
    return { text: `fence ${some.join()} ${token}`, run: (to) => to.fence(some, token).then(() => 'up') }
  if (kind < 0.75) return { text: `settle ${key} ${token}`, run: (to) => to.settle(key, token) }
  if (kind < 0.95)
    return { text: `settle ${key} ${token} with`, run: (to) => to.settle(key, token, value, KEEP_MS) }
  return { text: `read ${key}`, run: (to) => to.read(key) }
}

test(`${STEPS} random operations: memory and Redis agree`, { timeout: 60_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const random = seededRandom(seed)
  const [memory, redis] = await Promise.all([fencesOf(memoryStore()), fencesOf(redisStore(freshRedis()))])
  const answers = new Set<string>()
  const last: string[] = []
  for (let count = 0; count < STEPS; count++) {
    const step = nextStep(random)
    last.push(step.text)
    const outcome = async (fences: FenceStore): Promise<unknown[]> => [
      await step.run(fences),
      await fences.readMany(KEYS),
    ]
    const [expected, actual] = await Promise.all([outcome(memory), outcome(redis)])
    expect(actual, `seed ${seed}, step ${count}, after ${last.slice(-8).join('; ')}`).toEqual(expected)
    answers.add(`${step.text.split(' ')[0]} ${JSON.stringify(expected[0])}`)
  }
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
