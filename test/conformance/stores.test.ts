import { type Store, systemClock } from 'holdfast'
import {
  denylistConformance,
  collectionConformance,
  entryConformance,
  fenceConformance,
  limiterConformance,
  lockConformance,
  sessionConformance,
  surveyConformance,
  tallyConformance,
  topicConformance,
} from 'holdfast/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../servers/eventually.ts'
import { topologies } from '../servers/stores.ts'

describe.each(Object.entries(topologies))('%s', (name, make) => {
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
  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()))
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
  // Strong keyspaces are refused on a Cluster, by an error that says so: nobody can use fences there.
  describe.skipIf(name === 'cluster')('fences', () => {
    test.each(fenceConformance)('$name', async ({ run }) => {
      const { fences: store } = await connect()
      await expect(run({ store, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
  describe('denylists', () => {
    test.each(denylistConformance)('$name', async ({ run }) => {
      const { denied } = await connect()
      await expect(run({ denied, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
  describe('limits', () => {
    test.each(limiterConformance)('$name', async ({ run }) => {
      const { limits } = await connect()
      await expect(run({ limits, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
  describe('sessions', () => {
    test.each(sessionConformance)('$name', async ({ run }) => {
      const { sessions } = await connect()
      await expect(run({ sessions, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
  describe('topics', () => {
    test.each(topicConformance)('$name', async ({ run }) => {
      const { topics, changed } = await connect()
      await expect(run({ topics, changed, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
  describe('collections', () => {
    test.each(collectionConformance)('$name', async ({ run }) => {
      const { collections } = await connect()
      await expect(run({ collections, freshKey, eventually })).resolves.toBeUndefined()
    })
  })
  describe('tallies', () => {
    test.each(tallyConformance)('$name', async ({ run }) => {
      const { tallies } = await connect()
      await expect(run({ tallies, freshKey, now: () => systemClock.wall() })).resolves.toBeUndefined()
    })
  })
  describe('surveys', () => {
    test.each(surveyConformance)('$name', async ({ run }) => {
      const { survey, entries, fences } = await connect()
      const value = { ttlMs: 1_000, costMs: 0, flag: 'j', version: 1, marks: 'm', payload: '1' }
      await expect(
        run({
          survey,
          putEntry: (key, keepMs) => entries.put(key, 'token', value, keepMs),
          putTicket: async (key, keepMs) => void (await entries.claimMany([key], ['ticket'], keepMs)),
          ...(name !== 'cluster' && {
            async putFence(key: string) {
              const place = fences.within({ nonce: 'present', run: fences.server().run })
              await place.mark()
              await place.fence([key], '1:nonce')
            },
          }),
          putMark: async (markName) => void (await entries.ensureMark(`~g:${markName}`, 'mark', undefined)),
          freshKey,
        }),
      ).resolves.toBeUndefined()
    })
  })
})
