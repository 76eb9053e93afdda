import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { limiter, type LimiterStore, memoryStore, open, type StoreFactory, takeAll } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'

const spec = { about: 'x', rate: '2/60s' } as const
const keyspaces = {
  denies: limiter({ ...spec, key: 'denies:{id}', onStoreDown: 'deny' }),
  allows: limiter({ ...spec, key: 'allows:{id}', onStoreDown: 'allow' }),
  own: limiter({ ...spec, key: 'own:{id}', onStoreDown: 'local' }),
  logs: limiter({ ...spec, key: 'logs:{id}', onStoreDown: 'local', algorithm: 'sliding-log' }),
}
const id = { id: '1' }

/** A memory store whose limits can be taken away. */
async function world() {
  const clock = virtualClock()
  let isAway = false
  const failing: StoreFactory = (context) => {
    const store = memoryStore()(context)
    const unless = <Name extends keyof LimiterStore>(name: Name): LimiterStore[Name] =>
      ((...args: never[]) =>
        isAway
          ? Promise.reject(new Error('away'))
          : (store.limits[name] as (...all: never[]) => unknown)(...args)) as LimiterStore[Name]
    return { ...store, limits: { take: unless('take'), takeAll: unless('takeAll') } }
  }
  const reports: unknown[] = []
  const listen = (message: unknown): void => void reports.push(message)
  subscribe('holdfast:store-failure', listen)
  const state = await open(keyspaces, { store: failing, clock })
  onTestFinished(async () => {
    unsubscribe('holdfast:store-failure', listen)
    await state.close()
  })
  return { ...state, clock, reports, away: (now: boolean) => (isAway = now) }
}

test('each limiter does what it was told to, and says so', async () => {
  const { allows, denies, away, reports } = await world()
  away(true)
  expect(await allows.take(id)).toMatchObject({ allowed: true, remaining: 2, retryAfterMs: 0 })
  expect(await denies.take(id)).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 1_000 })
  expect(reports).toMatchObject([
    { keyspace: 'allows', operation: 'take' },
    { keyspace: 'denies', operation: 'take' },
  ])
})

test.each(['own', 'logs'] as const)('local: %s by the same rule in this process', async (name) => {
  const all = await world()
  const { [name]: limit, clock, away } = all
  const full = { allowed: false, remaining: 0 }
  await limit.take(id, { cost: 2 })
  away(true)
  expect(await limit.take(id)).toMatchObject({ allowed: true, remaining: 1 })
  expect(await limit.take(id)).toMatchObject({ allowed: true, remaining: 0 })
  expect(await limit.take(id)).toMatchObject(full)
  // A second outage goes on where the first one ended.
  away(false)
  await clock.advance(1_000)
  expect(await limit.take(id)).toMatchObject(full)
  away(true)
  expect(await limit.take(id)).toMatchObject(full)
  await clock.advance(60_000)
  expect(await limit.take(id, { cost: 2 })).toMatchObject({ allowed: true })
})

test('together: one that denies denies all, and nothing is counted', async () => {
  const { allows, own, denies, logs, away, reports } = await world()
  away(true)
  expect(await takeAll([own.ask(id), denies.ask(id), allows.ask(id)])).toMatchObject({
    allowed: false,
    retryAfterMs: 1_000,
  })
  expect(reports).toHaveLength(3)
  const both = (cost: number) => takeAll([own.ask(id, { cost }), logs.ask(id), allows.ask(id)])
  expect(await both(2)).toMatchObject({ allowed: true, limits: [{ remaining: 0 }, { remaining: 1 }, {}] })
  expect(await both(1)).toMatchObject({ allowed: false, limits: [{ allowed: false }, { allowed: true }, {}] })
  expect(await logs.take(id)).toMatchObject({ allowed: true, remaining: 0 })
})
