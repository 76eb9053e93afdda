import { setTimeout as wait } from 'node:timers/promises'
import type { Rows, Store, StoreFactory, Truth } from 'holdfast'
import type { Fences } from '../../src/fence/port.ts'

/** Designs that look right and are not: the protocol with one rule broken. */
export type Sabotage = 'fence after commit' | 'fill without a lease' | 'lease of the gate ignored'

/**
 * The store of `factory` with one rule broken, if one of its own is named. Every third fill and settlement is late, as
 * from a process that was busy or a network that was slow: the protocol must bear it.
 */
export function sabotagedStore(factory: StoreFactory, sabotage: Sabotage | undefined): StoreFactory {
  return (context): Store => {
    const store = factory(context)
    const broken = sabotage && RULES[sabotage]
    const within = (place: Fences['place']): Fences => {
      const sound = store.fences.within(place)
      const fences = broken ? { ...sound, ...broken(sound) } : sound
      return {
        ...fences,
        fill: (...parameters) => maybeLate().then(() => fences.fill(...parameters)),
        settle: (...parameters) => maybeLate().then(() => fences.settle(...parameters)),
      }
    }
    return { ...store, fences: { ...store.fences, within } }
  }
}

/** `truth`; when the lease is ignored, with the answer to the first poll of an open gate for all times. */
export function sabotagedTruth<Session>(
  truth: Truth<Session>,
  sabotage: Sabotage | undefined,
): Truth<Session> {
  if (sabotage !== 'lease of the gate ignored') return truth
  let first: Rows | undefined
  return {
    ...truth,
    async query(session, statement, ...rest) {
      if (!statement.includes('AS oldest_running')) return truth.query(session, statement, ...rest)
      const rows = first ?? (await truth.query(session, statement, ...rest))
      if (rows[0]?.['state'] === 'open') first = rows
      return rows
    },
  }
}

const LATEST_MS = 20

async function maybeLate(): Promise<void> {
  if (Math.random() < 1 / 3) await wait(Math.random() * LATEST_MS)
}

const RULES: Readonly<Partial<Record<Sabotage, (fences: Fences) => Partial<Fences>>>> = {
  // Write, then invalidate: what most caches do.
  'fence after commit': (fences) => ({
    fence: async () => undefined,
    async settle(keys, token, values) {
      await fences.fence(keys, token)
      return fences.settle(keys, token, values)
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
