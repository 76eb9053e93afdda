import { memoryStore, open, type StoreFactory } from 'holdfast'
import { expect, test } from 'vitest'
import { at, bench, price } from './fixture.ts'

const sol = { asset: 'SOL' }

/** A store whose answers to one node a test can hold back: what is asked meanwhile is asked, in order, on release. */
function slowLine(store: StoreFactory): { store: StoreFactory; hold(): void; release(): void } {
  let gate: Promise<void> = Promise.resolve()
  let release = (): void => undefined
  return {
    store: (context) => {
      const inner = store(context)
      const { entries } = inner
      const behind = async <T>(ask: () => Promise<T>): Promise<T> => {
        await gate
        return ask()
      }
      return {
        ...inner,
        entries: {
          ...entries,
          read: (key) => behind(() => entries.read(key)),
          claimMany: (...claim) => behind(() => entries.claimMany(...claim)),
          readMany: (keys) => behind(() => entries.readMany(keys)),
        },
      }
    },
    hold: () => void (gate = new Promise((resolve) => (release = resolve))),
    release: () => release(),
  }
}

test('what another process stored between the look and the claim is not loaded again', async () => {
  const { source, clock } = bench()
  source.prices = undefined
  const shared = memoryStore()
  const line = slowLine(shared)
  const a = await open({ price }, { store: shared, clock, deps: { source } })
  const b = await open({ price }, { store: line.store, clock, deps: { source } })

  const ofA = a.price.get(sol)
  const ofB = b.price.get(sol)
  // B has asked what is there, and its claim is on the way when A stores its value.
  line.hold()
  await clock.advance(0)
  source.next().resolve(at(1))
  expect(await ofA).toEqual(at(1))
  line.release()

  expect(await ofB).toEqual(at(1))
  expect(source.asked).toEqual(['SOL'])
  expect(b.price.counts().loads).toBe(0)
})
