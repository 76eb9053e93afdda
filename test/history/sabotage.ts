import { setTimeout as wait } from 'node:timers/promises'
import type { Store, StoreFactory } from 'holdfast'
import type { FenceStore } from '../../src/fence/port.ts'

/** Designs that look right and are not, as a store that breaks one rule of the protocol. */
export type Sabotage = 'fence after commit' | 'fill without a lease'

/**
 * The store of `factory` with one rule broken, if any is named. Every third fill and settlement is late, as from a
 * process that was busy or a network that was slow: the protocol must bear it.
 */
export function sabotaged(factory: StoreFactory, sabotage: Sabotage | undefined): StoreFactory {
  return (context): Store => {
    const store = factory(context)
    const fences = sabotage ? { ...store.fences, ...RULES[sabotage](store.fences) } : store.fences
    const maybeLate = async (): Promise<void> => {
      if (Math.random() < 1 / 3) await wait(Math.random() * LATEST_MS)
    }
    return {
      ...store,
      fences: {
        ...fences,
        fill: (...parameters) => maybeLate().then(() => fences.fill(...parameters)),
        settle: (...parameters) => maybeLate().then(() => fences.settle(...parameters)),
      },
    }
  }
}

const LATEST_MS = 20

const RULES: Readonly<Record<Sabotage, (fences: FenceStore) => Partial<FenceStore>>> = {
  // Write, then invalidate: what most caches do.
  'fence after commit': (fences) => ({
    fence: async () => fences.run(),
    async settle(key, token, value, keepMs) {
      await fences.fence([key], token)
      return fences.settle(key, token, value, keepMs)
    },
  }),
  // Read, then store if nothing is there: what a cache-aside does.
  'fill without a lease': (fences) => ({
    lease: async (keys) => keys.map(() => true),
    async fill(key, lease, value, keepMs) {
      await fences.lease([key], lease, keepMs)
      return fences.fill(key, lease, value, keepMs)
    },
  }),
}
