import { stores } from '../servers/stores.ts'
import { type Store, systemClock } from 'holdfast'
import { entryConformance, fenceConformance, limiterConformance, lockConformance } from 'holdfast/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { eventually } from '../servers/eventually.ts'

describe.each(Object.entries(stores))('%s', (_name, make) => {
  const factory = make()
  const open: Store[] = []
  let keys = 0
  const freshKey = (): string => `thing:${keys++}`

  async function connect() {
    const changed: string[] = []
    const ticketsChanged: string[] = []
    const listener = {
      changed: (key: string) => void changed.push(key),
      ticketChanged: (key: string) => void ticketsChanged.push(key),
      lost: () => undefined,
      resumed: () => undefined,
    }
    const store = factory({ clock: systemClock, trackedPrefixes: ['thing:'], listener })
    await store.connect()
    open.push(store)
    return { ...store, changed, ticketsChanged }
  }
  afterAll(async () => {
    await Promise.all(open.map((store) => store.close()))
  })

  describe('entries', () => {
    test.each(entryConformance)('$name', async ({ run }) => {
      await expect(
        run({ client: connect, clock: systemClock, freshKey, eventually }),
      ).resolves.toBeUndefined()
    })
  })
  describe('locks', () => {
    test.each(lockConformance)('$name', async ({ run }) => {
      const { locks } = await connect()
      await expect(run({ locks, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
  describe('fences', () => {
    test.each(fenceConformance)('$name', async ({ run }) => {
      const { fences } = await connect()
      await expect(run({ fences, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
  describe('limits', () => {
    test.each(limiterConformance)('$name', async ({ run }) => {
      const { limits } = await connect()
      await expect(run({ limits, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
})
